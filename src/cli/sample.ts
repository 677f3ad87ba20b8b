/** A small catalogue to look around in: works in the public domain, described in our own words, at invented prices. */
import type { RowInput } from "../domain/Import.js"
import { type Currency, decimals } from "../domain/Money.js"

/** The sample as rows to import; one title has a single copy, one has none. */
export const sample = (currency: Currency): ReadonlyArray<RowInput> =>
  books.map(([title = "", author = "", year, genre, price = "", stock, isbn, description]) => ({
    title,
    author,
    publishDate: `${year}-01-01`,
    genre: genre ?? null,
    price: decimals(currency) === 0 ? price.replace(".", "") : price,
    stock: Number(stock),
    isbn: isbn === "-" ? null : (isbn ?? null),
    description: description ?? null
  }))

// internal

// Title, author, year, genre, price, copies, ISBN of an edition in print where it is certain, description.
const books = `
Pride and Prejudice | Jane Austen | 1813 | Romance | 9.99 | 24 | 9780141439518 | Elizabeth Bennet misjudges a proud man, and he misjudges her family.
Emma | Jane Austen | 1815 | Romance | 9.49 | 12 | 9780141439587 | A clever young woman arranges everyone's affairs but her own.
Sense and Sensibility | Jane Austen | 1811 | Romance | 9.49 | 9 | 9780141439662 | Two sisters lose their home and learn what reserve and passion cost.
Jane Eyre | Charlotte Brontë | 1847 | Romance | 10.99 | 15 | 9780141441146 | A governess finds love, and a secret in the attic.
Wuthering Heights | Emily Brontë | 1847 | Romance | 9.99 | 8 | 9780141439556 | A love on the moors outlasts two houses.
Great Expectations | Charles Dickens | 1861 | Fiction | 10.49 | 14 | 9780141439563 | An orphan comes into money and does not know from whom.
A Tale of Two Cities | Charles Dickens | 1859 | Historical fiction | 9.99 | 18 | 9780141439600 | London and Paris in the years of the Terror.
Middlemarch | George Eliot | 1871 | Fiction | 12.99 | 6 | 9780141439549 | A provincial town, its marriages and its reforms.
Tess of the d'Urbervilles | Thomas Hardy | 1891 | Fiction | 9.99 | 5 | - | A dairymaid pays for the sins of others.
Vanity Fair | William Makepeace Thackeray | 1848 | Fiction | 11.49 | 4 | - | Becky Sharp climbs.
The Picture of Dorian Gray | Oscar Wilde | 1890 | Gothic | 8.99 | 20 | 9780141439570 | A portrait ages, its sitter does not.
Frankenstein | Mary Shelley | 1818 | Gothic | 8.99 | 22 | 9780141439471 | A student makes a living being and abandons it.
Dracula | Bram Stoker | 1897 | Gothic | 9.99 | 17 | 9780141439846 | Diaries and letters follow a count from Transylvania to Whitby.
Strange Case of Dr Jekyll and Mr Hyde | Robert Louis Stevenson | 1886 | Gothic | 7.99 | 11 | - | A respected doctor has an acquaintance whom nobody likes.
The Turn of the Screw | Henry James | 1898 | Gothic | 7.49 | 7 | - | A governess sees what the children deny.
Carmilla | Sheridan Le Fanu | 1872 | Gothic | 6.99 | 1 | - | A guest at a lonely castle never eats.
Treasure Island | Robert Louis Stevenson | 1883 | Adventure | 8.49 | 19 | - | A map, a mutiny and a cook with one leg.
Moby-Dick | Herman Melville | 1851 | Adventure | 13.49 | 10 | 9780142437247 | A captain hunts the whale that took his leg.
Robinson Crusoe | Daniel Defoe | 1719 | Adventure | 8.99 | 13 | - | Twenty-eight years on an island.
The Call of the Wild | Jack London | 1903 | Adventure | 7.49 | 16 | - | A stolen dog learns the law of the north.
King Solomon's Mines | H. Rider Haggard | 1885 | Adventure | 7.99 | 3 | - | Three men cross a desert after an old map.
The Three Musketeers | Alexandre Dumas | 1844 | Adventure | 12.49 | 14 | - | A young Gascon, three friends and a cardinal.
The Count of Monte Cristo | Alexandre Dumas | 1846 | Adventure | 14.99 | 12 | - | A prisoner escapes, rich and patient.
Twenty Thousand Leagues Under the Sea | Jules Verne | 1870 | Science fiction | 9.49 | 15 | - | Three castaways aboard a ship that sails below the waves.
The Time Machine | H. G. Wells | 1895 | Science fiction | 7.99 | 21 | - | A traveller dines with friends after the year 802,701.
The War of the Worlds | H. G. Wells | 1898 | Science fiction | 8.49 | 18 | - | Cylinders fall on the heaths of Surrey.
The Adventures of Sherlock Holmes | Arthur Conan Doyle | 1892 | Mystery | 9.99 | 25 | - | Twelve cases from Baker Street.
The Moonstone | Wilkie Collins | 1868 | Mystery | 10.49 | 0 | - | A diamond vanishes on the night of a birthday party.
The Woman in White | Wilkie Collins | 1860 | Mystery | 10.99 | 6 | - | A meeting on a moonlit road unravels a fraud.
Tales of Mystery and Imagination | Edgar Allan Poe | 1845 | Mystery | 9.49 | 9 | - | A beating heart, a pit and a detective in Paris.
Crime and Punishment | Fyodor Dostoevsky | 1866 | Fiction | 11.99 | 13 | - | A student kills, and cannot bear the reason.
War and Peace | Leo Tolstoy | 1869 | Historical fiction | 16.99 | 7 | - | Five families while Napoleon marches on Moscow.
Anna Karenina | Leo Tolstoy | 1878 | Fiction | 13.99 | 10 | - | A marriage ends at a railway station; another begins on a farm.
Les Misérables | Victor Hugo | 1862 | Historical fiction | 15.99 | 8 | - | A loaf of bread, nineteen years, and an inspector.
Madame Bovary | Gustave Flaubert | 1857 | Fiction | 9.99 | 11 | - | A doctor's wife wants life to be like novels.
Germinal | Émile Zola | 1885 | Fiction | 10.49 | 5 | - | A strike in the coalfields of the north.
Don Quixote | Miguel de Cervantes | 1605 | Classics | 14.49 | 9 | - | A gentleman reads too many romances and rides out.
Faust | Johann Wolfgang von Goethe | 1808 | Drama | 8.99 | 6 | - | A scholar wagers his soul on a moment.
Hamlet | William Shakespeare | 1603 | Drama | 6.99 | 23 | - | A prince is told by a ghost what to do, and thinks.
A Doll's House | Henrik Ibsen | 1879 | Drama | 6.49 | 8 | - | A wife shuts a door.
Alice's Adventures in Wonderland | Lewis Carroll | 1865 | Children | 7.99 | 26 | - | Down a rabbit hole, where words mean what they say.
Little Women | Louisa May Alcott | 1868 | Children | 9.49 | 17 | - | Four sisters grow up while their father is at war.
The Wonderful Wizard of Oz | L. Frank Baum | 1900 | Children | 8.49 | 14 | - | A road of yellow brick and four wishes.
Walden | Henry David Thoreau | 1854 | Essays | 8.99 | 7 | - | Two years, two months and two days beside a pond.
Leaves of Grass | Walt Whitman | 1855 | Poetry | 9.99 | 4 | - | A poet sings himself and everyone.
`
  .trim()
  .split("\n")
  .map((line) => line.split(" | "))
