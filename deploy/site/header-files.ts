/** The header rules in the languages of servers. Values hold no quote, so each language can quote them as they are. */
import type { HeaderRule } from './header-rules.ts';

const generated = 'Made by `npm run site` from the hashes of one build: make it anew with each release.';

function quoted(value: string): string {
  if (/["\\$\r\n{}]/.test(value))
    throw new Error('A header value has a character that a configuration could misread.');
  return `"${value}"`;
}

const entries = ({ headers }: HeaderRule) => Object.entries(headers);

/** To be included into a `server` block. */
export function nginxHeaders(rules: readonly HeaderRule[]): string {
  const block = (location: string, rule: HeaderRule) => {
    const lines = entries(rule).map(([name, value]) => `  add_header ${name} ${quoted(value)} always;`);
    return `location ${location} {\n${lines.join('\n')}\n}\n`;
  };
  const blocks = rules.flatMap(rule =>
    'under' in rule.paths
      ? [block(rule.paths.under, rule)]
      : rule.paths.map(path => block(`= ${path}`, rule)),
  );
  const types =
    'types {\n  text/html html;\n  text/javascript js;\n  text/css css;\n  application/json json map;\n  application/manifest+json webmanifest;\n  image/svg+xml svg;\n  image/png png;\n}\n';
  return `# ${generated}\ncharset utf-8;\ncharset_types text/javascript text/css;\nindex index.html;\n${types}${blocks.join('')}`;
}

/** To be imported into a site block of a Caddyfile. */
export function caddyHeaders(rules: readonly HeaderRule[]): string {
  const block = (rule: HeaderRule, i: number) => {
    const paths = 'under' in rule.paths ? `${rule.paths.under}*` : rule.paths.join(' ');
    const lines = entries(rule).map(([name, value]) => `header @enk${i} ${name} ${quoted(value)}`);
    return [`@enk${i} path ${paths}`, ...lines].join('\n');
  };
  const maps = [
    '@enkmap path *.map\nheader @enkmap Content-Type application/json',
    '@enkwebmanifest path *.webmanifest\nheader @enkwebmanifest Content-Type application/manifest+json',
  ].join('\n');
  return `# ${generated}\n${rules.map(block).join('\n')}\n${maps}\n`;
}

/** `_headers` of static hosts (Netlify, Cloudflare Pages). */
export function staticHostHeaders(rules: readonly HeaderRule[]): string {
  const block = (path: string, rule: HeaderRule) =>
    [path, ...entries(rule).map(([name, value]) => `  ${name}: ${value}`)].join('\n');
  const blocks = rules.flatMap(rule =>
    'under' in rule.paths ? [block(`${rule.paths.under}*`, rule)] : rule.paths.map(path => block(path, rule)),
  );
  return `# ${generated}\n${blocks.join('\n')}\n`;
}
