/** Shell completion, derived from the command's own tree: a new verb or option is completed without a change here. */
import type { Command } from 'commander';

import { refuse } from '../input.ts';
import type { Session } from '../session.ts';

interface Word {
  word: string;
  meaning: string;
}

const optionsOf = (command: Command): Word[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({
      word: long ?? short ?? '',
      meaning: description,
    }));

const verbsOf = (program: Command): Word[] =>
  program.commands.map((command) => ({ word: command.name(), meaning: command.description() }));

const words = (list: readonly Word[]): string => list.map(({ word }) => word).join(' ');

/** A verb takes the options of the program too. */
const takenBy = (command: Command, program: Command): Word[] => {
  const own = optionsOf(command);
  const isOwn = (word: string): boolean => own.some((option) => option.word === word);
  return [...own, ...optionsOf(program).filter(({ word }) => word !== '--version' && !isOwn(word))];
};

function bash(program: Command): string {
  const verbs = program.commands.map(
    (command) => `    ${command.name()}) words='${words(takenBy(command, program))}' ;;`,
  );
  return `_face_poller() {
  local current="\${COMP_WORDS[COMP_CWORD]}" verb='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) verb="$word"; break ;; esac
  done
  case "$verb" in
    '') words='${words([...verbsOf(program), ...optionsOf(program)])}' ;;
${verbs.join('\n')}
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _face_poller face-poller
`;
}

/** A pair of zsh's _describe. */
const pair = ({ word, meaning }: Word): string =>
  `'${word.replaceAll(':', '\\:')}:${meaning.replaceAll("'", '’').replaceAll(':', '\\:')}'`;
const pairs = (list: readonly Word[]): string => list.map(pair).join(' ');

function zsh(program: Command): string {
  const verbs = program.commands.map(
    (command) => `    ${command.name()}) found=(${pairs(takenBy(command, program))}) ;;`,
  );
  return `#compdef face-poller
_face_poller() {
  local verb='' word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) ;; *) verb="$word"; break ;; esac
  done
  case "$verb" in
    '') found=(${pairs([...verbsOf(program), ...optionsOf(program)])}) ;;
${verbs.join('\n')}
  esac
  _describe 'face-poller' found
}
compdef _face_poller face-poller
`;
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
const fishLine = (condition: string, what: string, meaning: string): string =>
  `complete -c face-poller -f ${condition}${what} -d ${quoted(meaning)}`;
const flag = (word: string): string => `-l ${word.replace(/^--/, '')}`;

function fish(program: Command): string {
  return [
    ...verbsOf(program).map(({ word, meaning }) =>
      fishLine('-n __fish_use_subcommand ', `-a ${word}`, meaning),
    ),
    ...optionsOf(program).map(({ word, meaning }) => fishLine('', flag(word), meaning)),
    ...program.commands.flatMap((command) =>
      optionsOf(command).map(({ word, meaning }) =>
        fishLine(`-n '__fish_seen_subcommand_from ${command.name()}' `, flag(word), meaning),
      ),
    ),
    '',
  ].join('\n');
}

const shells = { bash, zsh, fish };
const names = Object.keys(shells).join(', ');

export function addCompletion({ program, stdout }: Session): void {
  program
    .command('completion <shell>')
    .description(`print what completes verbs and options in ${names}`)
    .action((shell: string) => {
      const script = Object.entries(shells).find(([name]) => name === shell)?.[1];
      if (script === undefined) return refuse(`shell: must be one of ${names}`);
      stdout.write(script(program));
    });
}
