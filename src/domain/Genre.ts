/** A shelf that books are sorted onto. */
import { Schema } from "effect"
import * as Id from "./Id.js"
import * as Text from "./Text.js"

export const GenreId = Id.Uuid.pipe(Schema.brand("GenreId"))
export type GenreId = typeof GenreId.Type

export const GenreName = Text.visible(100)

/** A shelf by its name. */
export class Genre extends Schema.Class<Genre>("octavo/Genre")({ id: GenreId, name: GenreName }) {}

/** There is a genre of that name already, in whatever case. */
export class GenreConflict extends Schema.TaggedError<GenreConflict>()("GenreConflict", { name: GenreName }) {}
/** No such genre; also for an id that could not be one. */
export class GenreNotFound extends Schema.TaggedError<GenreNotFound>()("GenreNotFound", { genreId: Schema.String }) {}

export const NewGenre = Schema.Struct({ name: Text.tidied(GenreName) })
export interface NewGenreInput extends Schema.Schema.Encoded<typeof NewGenre> {}

/** What two genres may not share. */
export const key = (name: string): string => Text.fold(name)
