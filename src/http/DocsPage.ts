/** A page to read and try the routes: made from the OpenAPI document, self-contained, in place of 5 MB of a viewer. */

/** The page of a document, given as JSON. */
export const html = (document: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Octavo</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header><h1></h1><p></p><label>Token <input id="token" placeholder="for routes that need one" autocomplete="off" spellcheck="false"></label></header>
<main></main>
<script type="application/json" id="document">${document.replaceAll("<", "\\u003c")}</script>
<script>(${script.toString()})()</script>
</body>
</html>
`

// internal

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; }
details { border: 1px solid #8885; border-radius: 6px; margin: .4rem 0; padding: .3rem .7rem; }
summary { cursor: pointer; } code, pre, textarea, .path { font-family: ui-monospace, monospace; font-size: .9em; }
.method { display: inline-block; width: 4.2rem; font-weight: 700; } .lock { opacity: .6; font-size: .85em; }
label { display: block; margin: .4rem 0; } input, textarea { width: 100%; box-sizing: border-box; padding: .3rem; }
textarea { min-height: 7rem; } pre { overflow: auto; max-height: 24rem; background: #8881; padding: .6rem; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; } td { border-top: 1px solid #8883; padding: .2rem .5rem; vertical-align: top; }
button { margin: .4rem 0; padding: .3rem 1rem; } #token { max-width: 40rem; }
`

/** Runs in the browser, from its own source text: it uses nothing from outside itself. */
const script = () => {
  interface Parameter {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly description?: string
  }
  interface Operation {
    readonly summary?: string
    readonly tags: ReadonlyArray<string>
    readonly security: ReadonlyArray<unknown>
    readonly parameters: ReadonlyArray<Parameter>
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Shape }>> }
    readonly responses: Readonly<Record<string, { readonly description: string }>>
  }
  interface Shape {
    readonly examples?: ReadonlyArray<unknown>
    readonly properties?: Readonly<Record<string, unknown>>
  }

  const element = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    properties: Readonly<Record<string, unknown>> = {},
    ...children: ReadonlyArray<Node | string>
  ) => {
    const made = Object.assign(document.createElement(tag), properties)
    made.append(...children)
    return made
  }
  const api = JSON.parse(document.getElementById("document")?.textContent ?? "{}")
  const base = location.pathname.replace(/\/docs$/, "")
  const token = document.getElementById("token") as HTMLInputElement
  const main = document.querySelector("main") as HTMLElement
  ;(document.querySelector("h1") as HTMLElement).textContent = `${api.info.title} ${api.info.version}`
  ;(document.querySelector("header p") as HTMLElement).textContent = api.info.description

  const show = (method: string, path: string, operation: Operation) => {
    const inputs = operation.parameters.map((parameter) => ({ parameter, input: element("input") }))
    const shape = operation.requestBody?.content["application/json"]?.schema
    const body = shape && element("textarea", { value: JSON.stringify(shape.examples?.[0] ?? {}, null, 2) })
    const output = element("pre", { hidden: true })
    const send = async () => {
      const filled = inputs.filter(({ input }) => input.value !== "")
      const query = new URLSearchParams()
      const headers = new Headers(token.value === "" ? {} : { authorization: `Bearer ${token.value.trim()}` })
      let target = path
      for (const { parameter, input } of filled) {
        if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value))
        else if (parameter.in === "query") query.set(parameter.name, input.value)
        else headers.set(parameter.name, input.value)
      }
      if (body) headers.set("content-type", "application/json")
      const address = base + target + (query.size > 0 ? `?${query}` : "")
      output.hidden = false
      try {
        const init = { method: method.toUpperCase(), headers }
        const response = await fetch(address, body ? { ...init, body: body.value } : init)
        const text = await response.text()
        const isJson = /json/.test(response.headers.get("content-type") ?? "")
        const shown = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text
        output.textContent = `${response.status} ${response.statusText}\n\n${shown}`
      } catch (error) {
        output.textContent = String(error)
      }
    }
    const answers = Object.entries(operation.responses).map(([status, { description }]) =>
      element("tr", {}, element("td", {}, element("code", {}, status)), element("td", {}, description))
    )
    return element(
      "details",
      {},
      element(
        "summary",
        {},
        element("span", { className: "method" }, method.toUpperCase()),
        element("span", { className: "path" }, path),
        ` ${operation.summary ?? ""} `,
        element("span", { className: "lock" }, operation.security.length > 0 ? "token" : "")
      ),
      ...inputs.map(({ parameter, input }) =>
        element("label", {}, `${parameter.name} (${parameter.in}) ${parameter.description ?? ""}`, input)
      ),
      ...(body ? [element("label", {}, `body: ${Object.keys(shape.properties ?? {}).join(", ")}`, body)] : []),
      element("button", { onclick: send }, "Send"),
      output,
      element("table", {}, ...answers)
    )
  }

  for (const { name } of api.tags) {
    main.append(element("h2", {}, name))
    for (const [path, operations] of Object.entries<Readonly<Record<string, Operation>>>(api.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (operation.tags.includes(name)) main.append(show(method, path, operation))
      }
    }
  }
}
