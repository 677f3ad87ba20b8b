import type { AboutOrder, Wording } from "./Wording.js"

export const wording: Wording = {
  language: "de",
  greeting: (name) => (name === null ? "Guten Tag," : `Guten Tag ${name},`),
  closing: (shop) => ["Mit freundlichen Grüßen", shop],
  money: (decimal, currency) => `${decimal.replace(".", ",")} ${currency}`,
  total: "Summe",
  orderNumber: (id) => `Bestellung ${id}`,
  seeOrder: "Zur Bestellung",
  seeBook: "Zum Buch",
  mails: {
    OrderConfirmed: {
      subject: (about) => `Ihre Bestellung ist bestätigt: ${titles(about)}`,
      paragraphs: () => [
        "vielen Dank für Ihre Bestellung. Ihre Zahlung ist eingegangen, und wir machen Ihre Bücher fertig."
      ]
    },
    OrderCancelled: {
      subject: (about) => `Ihre Bestellung ist storniert: ${titles(about)}`,
      paragraphs: ({ total, isRefunded }) => [
        "Ihre Bestellung wurde storniert.",
        isRefunded
          ? `Wir haben Ihnen ${total} auf dem Weg zurückgezahlt, auf dem Sie bezahlt haben.`
          : `Wir zahlen Ihnen ${total} auf dem Weg zurück, auf dem Sie bezahlt haben. Bis Sie es sehen, können einige Tage vergehen.`
      ]
    },
    OrderRefunded: {
      subject: (about) => `Ihr Geld ist zurück: ${titles(about)}`,
      paragraphs: ({ total }) => [
        `für Ihre stornierte Bestellung haben wir Ihnen ${total} auf dem Weg zurückgezahlt, auf dem Sie bezahlt haben. Bis Sie es sehen, können einige Tage vergehen.`
      ]
    },
    PreBookingNotified: {
      subject: ({ title }) => `Wieder da: ${title}`,
      paragraphs: ({ title, author }) => [
        `das Buch, auf das Sie gewartet haben, ist wieder da: „${title}“ von ${author}.`,
        "Wir haben allen Bescheid gegeben, die gewartet haben, und kein Exemplar ist zurückgelegt: Wer zuerst kommt, bekommt es."
      ]
    },
    PreBookingHeld: {
      subject: ({ title }) => `Ein Exemplar wartet auf Sie: ${title}`,
      paragraphs: ({ title, author, until }) => [
        `Sie sind an der Reihe: Wir halten ein Exemplar von „${title}“ von ${author} für Sie zurück.`,
        `Sie können es kaufen bis ${until}. Danach bekommt es, wer als Nächstes an der Reihe ist.`
      ]
    },
    PreBookingExpired: {
      subject: ({ title }) => `Nicht mehr zurückgelegt: ${title}`,
      paragraphs: ({ title, author }) => [
        `die Zeit ist abgelaufen, für die wir ein Exemplar von „${title}“ von ${author} für Sie zurückgehalten haben, und das Exemplar ist an andere gegangen.`,
        "Wenn Sie das Buch noch möchten, kaufen Sie es, solange es Exemplare gibt, oder warten Sie noch einmal darauf."
      ]
    },
    PreBookingWithdrawn: {
      subject: ({ title }) => `Nicht mehr im Angebot: ${title}`,
      paragraphs: ({ title, author }) => [
        `„${title}“ von ${author}, worauf Sie gewartet haben, verkaufen wir nicht mehr. Das tut uns leid; Ihre Vormerkung ist damit beendet.`
      ]
    }
  }
}

// internal

const titles = ({ title, others }: AboutOrder) =>
  others === 0 ? title : `${title} und ${others} ${others === 1 ? "weiterer Titel" : "weitere Titel"}`
