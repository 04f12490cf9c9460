/** The HTML of the console: the page's frame, and what is shown before there is a session. */
import type { Reply } from './loopback-server.ts';

const html = (status: number, head: string, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Face detections</title>
${head}
</head>
<body>
${body}
</body>
</html>
`,
});

/** What the page knows from the start: data, which no browser runs. */
export const page = (facts: object): Reply =>
  html(
    200,
    `<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
<script type="application/json" id="facts">${JSON.stringify(facts).replaceAll('<', '\\u003c')}</script>
<script src="page.js" defer></script>`,
    '<div id="root"></div>',
  );

export const redirectPage = (path: string): Reply =>
  html(200, `<meta http-equiv="refresh" content="0;url=${path}">`, `<p><a href="${path}">Go on</a></p>`);

export const signInPage = (status: number): Reply =>
  html(
    status,
    '',
    '<h1>This link was used, or is not of this run</h1><p>Run <code>face-poller console</code> again, and open the link that it prints.</p>',
  );
