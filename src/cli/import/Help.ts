import * as Restock from "../Restock.js"
import * as StoreChoice from "../StoreChoice.js"

export const help = `Usage: octavo import FILE [options]          (- reads standard input)

Reads a CSV file with a header into the store, in batches: what was committed stays, so an import that was stopped is
continued by running the same command again. A book that is there already, known by its ISBN or else by title, author
and date, is never doubled. Its stock becomes what the row says, copies on hold for customers included.

Columns are found by name in any order and any case: title, author(s), isbn / isbn13 / isbn10 / ean, price,
stock / quantity, genre / category, description, cover_image_url / image_url, publish_date / year, and the like.
Others are ignored, and so are rows without any value. Title and author must be there; price too, unless --price is
given.

  --map FIELD=COLUMN  take FIELD from COLUMN; may be repeated. Fields: title, author, isbn, price, stock, genre,
                      description, cover_image_url, publish_date
  --price AMOUNT      for new books whose row has no price
  --stock COPIES      for new books whose row has no stock (default 0)
  --existing WHAT     update (default): a book there already takes what the row says; skip: it stays as it is
  --delimiter CHAR    comma, semicolon, tab or any character; found out by default
  --encoding NAME     utf-8 (default) or latin1
  --rejects FILE      where refused rows go (default: the input's name with .rejects.csv)

${StoreChoice.help}
With --memory an import is a rehearsal: it tells everything and keeps nothing.

${Restock.help}

Repaired where it is certain, and counted: an ISBN-10 without its leading zeros, 2008.0 for 2008, a decimal comma in a
file not separated by commas, dates written otherwise than YYYY-MM-DD. A year alone is taken as its first of January.
Left out, and counted: an ISBN in scientific notation (the ISBN-10 beside it is taken instead), a date that is
impossible or ambiguous, a cover that is no URL, and authors beyond 255 characters (et al. stands for them).
Refused, and written to the rejects file with line and reason: whatever else does not fit, such as an ISBN with a wrong
check digit. Correct the rows there and import that file; its line and reason columns are ignored.

Counts: read = added + updated + unchanged + skipped + refused. Exit codes: 0 the file was read to its end (also with
refused rows), 1 trouble, 2 usage, 130 stopped.

Examples:
  octavo import books.csv
  octavo import books.csv --price 12.50 --stock 20 --postgres postgres://shop@localhost/shop
  octavo import export.csv --map author=Verfasser --map price=VK --encoding latin1 --currency EUR
  gunzip -c books.csv.gz | octavo import -`
