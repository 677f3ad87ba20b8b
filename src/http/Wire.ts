/** How requests are written: JSON and query strings in snake_case. */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApiJsonSchema from "@effect/platform/OpenApiJsonSchema"
import { Option, ParseResult, Predicate, Schema, SchemaAST } from "effect"

/** A decimal as it is sent, with exactly the currency's decimals. */
export const Decimal = Schema.String.annotations({
  description: "A decimal with exactly the currency's decimals.",
  examples: ["15.99"]
})

/** A decimal as it is accepted. */
export const DecimalInput = Schema.Union(Schema.String, Schema.Number).annotations({
  description:
    "A plain decimal, as a string or a number: no sign, no exponent, no more decimals than the currency has.",
  examples: ["15.99"]
})

export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))

/**
 * An answer as `schema` documents it and as clients read it. It is sent as it is: the compiler holds the handlers to its
 * shape, and to encode a page of books by schema cost more than to find them.
 */
export const answer = <A, I>(identifier: string | undefined, schema: Schema.Schema<A, I>, example?: NoInfer<I>) => {
  const decode = ParseResult.decodeUnknown(schema)
  return Schema.declare<A, A, readonly []>(
    [],
    {
      decode: () => (input, options) => decode(input, options),
      encode: () => (input) => ParseResult.succeed(input as A)
    },
    { ...(identifier === undefined ? {} : { identifier }), jsonSchema: written(schema, example) }
  )
}

/** The same answer with the status 201. By a status alone the document would lose the schema's name, which lists refer to. */
export const created = <A, I>(schema: Schema.Schema<A, I>): Schema.Schema<A, I> => {
  const identifier = Option.getOrUndefined(SchemaAST.getIdentifierAnnotation(schema.ast))
  return schema.annotations({
    ...HttpApiSchema.annotations({ status: 201 }),
    ...(identifier === undefined ? {} : { identifier })
  })
}

/**
 * A body as `fields` document it. Only its shape is read here, an object of which the known fields are kept: the
 * services check all of it, once, and name every issue.
 */
export const body = <F extends Schema.Struct.Fields>(fields: F, example?: Schema.Struct.Encoded<F>) => {
  type Body = Schema.Simplify<Schema.Struct.Encoded<F>>
  const names = Object.keys(fields)
  return Schema.declare<Body, Body, readonly []>(
    [],
    {
      decode: () => (input, _, ast) =>
        Predicate.isRecord(input)
          ? ParseResult.succeed(pick(input, names) as Body)
          : ParseResult.fail(new ParseResult.Type(ast, input, "must be an object")),
      encode: () => (input) => ParseResult.succeed(input as Body)
    },
    { jsonSchema: written(Schema.Struct(fields), example) }
  )
}

/** How one parameter is written: as text, or as text that stands for a number or a boolean. */
export interface Parameter<A> {
  readonly schema: Schema.Schema<A>
  readonly read: (text: string) => unknown
}

export const text = <A extends string>(schema: Schema.Schema<A>): Parameter<A> => ({ schema, read: (text) => text })
export const count = (schema: Schema.Schema<number>): Parameter<number> => ({
  schema,
  read: (text) => (/^\d{1,10}$/.test(text) ? Number(text) : text)
})
export const flag: Parameter<boolean> = {
  schema: Schema.Boolean,
  read: (text) => (text === "true" ? true : text === "false" ? false : text)
}

interface Described {
  readonly schema: Schema.Schema.All
  readonly read: (text: string) => unknown
}
type ParametersOf<P> = { readonly [K in keyof P]?: P[K] extends Parameter<infer A> ? A : never }

/** A query as `parameters` document it, read as far as text can be; the services check the rest, and refuse what came twice. */
export const query = <P extends Readonly<Record<string, Described>>>(parameters: P) => {
  type Query = ParametersOf<P>
  const entries = Object.entries(parameters)
  return Schema.declare<Query, { readonly [K in keyof P]?: string }, readonly []>(
    [],
    {
      decode: () => (input) => {
        const found: Record<string, unknown> = {}
        for (const [name, { read }] of entries) {
          const values: unknown = Predicate.isRecord(input) ? input[name] : undefined
          const value = Array.isArray(values) && values.length === 1 ? values[0] : values
          if (value !== undefined) found[name] = typeof value === "string" ? read(value) : value
        }
        return ParseResult.succeed(found as Query)
      },
      encode: () => (input) => ParseResult.succeed(input as { readonly [K in keyof P]?: string })
    },
    {
      jsonSchema: written(
        Schema.Struct(Object.fromEntries(entries.map(([name, { schema }]) => [name, Schema.optional(schema)])))
      )
    }
  )
}

/** The same input by the names that the services use. */
export const camel = <T extends object>(input: T): CamelCased<T> =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value
    ])
  ) as CamelCased<T>

// internal

type Camel<S> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S
type CamelCased<T> = { [K in keyof T as Camel<K> & string]: T[K] }

const pick = (input: Readonly<Record<PropertyKey, unknown>>, names: ReadonlyArray<string>) => {
  const picked: Record<string, unknown> = {}
  for (const name of names) if (Object.hasOwn(input, name)) picked[name] = input[name]
  return picked
}

const written = <A, I, R>(schema: Schema.Schema<A, I, R>, example?: unknown) => ({
  ...OpenApiJsonSchema.makeWithDefs(schema, { defs: {}, additionalPropertiesStrategy: "allow" }),
  ...(example === undefined ? {} : { examples: [example] })
})
