/** As package.json has it, which a test compares: the import of that would put all of it into every bundle. */
export const version = '0.2.0';
