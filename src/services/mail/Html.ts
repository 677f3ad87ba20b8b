/** A letter as HTML: no images, no style sheet, and no colour of its own but for lines that are seen on light and dark. */
import type { Letter, Row, Table } from "./Letter.js"

export const render = ({ language, subject, greeting, paragraphs, order, link, closing }: Letter): string =>
  `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(subject)}</title>
</head>
<body style="margin:0;padding:0;color-scheme:light dark">
<div style="max-width:36em;margin:0 auto;padding:1.5em 1em;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Arial,sans-serif;overflow-wrap:anywhere">
${[
  paragraph(greeting),
  ...paragraphs.map(paragraph),
  ...(order === null ? [] : [table(order)]),
  ...(link === null || !isWeb(link.url) ? [] : [anchor(link)]),
  `<p style="margin:1.5em 0 0">${closing.map(escape).join("<br>\n")}</p>`
].join("\n")}
</div>
</body>
</html>
`

/** A text as it is shown, also within a quoted attribute. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

// internal

const line = "1px solid #8888"

const paragraph = (text: string) => `<p dir="auto" style="margin:0 0 1em">${escape(text)}</p>`

// Some readers know no white-space.
const unbroken = (text: string) => escape(text).replaceAll(" ", "&nbsp;")

const isWeb = (url: string) => /^https?:\/\//i.test(url)

const anchor = ({ words, url }: { readonly words: string; readonly url: string }) =>
  `<p style="margin:1.5em 0"><a href="${escape(url)}" style="display:inline-block;padding:0.5em 1em;border:${line};border-radius:4px;text-decoration:none">${escape(words)}</a></p>`

const table = ({
  caption,
  rows,
  total
}: Table) => `<p style="margin:1.5em 0 0.5em;font-size:14px">${escape(caption)}</p>
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse">
${rows.map(row).join("\n")}
<tr>
<td colspan="2" style="padding:0.75em 0"><strong>${escape(total.words)}</strong></td>
<td style="padding:0.75em 0;text-align:right;white-space:nowrap"><strong>${unbroken(total.amount)}</strong></td>
</tr>
</table>`

const row = ({ quantity, title, author, amount }: Row) => `<tr style="vertical-align:top">
<td style="padding:0.5em 0.75em 0.5em 0;border-bottom:${line};text-align:right;white-space:nowrap">${quantity}&nbsp;×</td>
<td style="padding:0.5em 0.75em 0.5em 0;border-bottom:${line};width:100%"><div><bdi>${escape(title)}</bdi></div><div style="font-size:14px"><bdi>${escape(author)}</bdi></div></td>
<td style="padding:0.5em 0;border-bottom:${line};text-align:right;white-space:nowrap">${unbroken(amount)}</td>
</tr>`
