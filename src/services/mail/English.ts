import type { AboutOrder, Wording } from "./Wording.js"

export const wording: Wording = {
  language: "en",
  greeting: (name) => (name === null ? "Hello," : `Hello ${name},`),
  closing: (shop) => ["Kind regards", shop],
  money: (decimal, currency) => `${decimal} ${currency}`,
  total: "Total",
  orderNumber: (id) => `Order ${id}`,
  seeOrder: "See your order",
  seeBook: "See the book",
  mails: {
    OrderConfirmed: {
      subject: (about) => `Your order is confirmed: ${titles(about)}`,
      paragraphs: () => ["Thank you for your order. Your payment has arrived, and we are getting your books ready."]
    },
    OrderCancelled: {
      subject: (about) => `Your order is cancelled: ${titles(about)}`,
      paragraphs: ({ total, isRefunded }) => [
        "Your order has been cancelled.",
        isRefunded
          ? `We have paid ${total} back, the way you paid.`
          : `We are paying ${total} back, the way you paid. It may take a few days until you see it.`
      ]
    },
    OrderRefunded: {
      subject: (about) => `Your money is back: ${titles(about)}`,
      paragraphs: ({ total }) => [
        `We have paid ${total} back for your cancelled order, the way you paid. It may take a few days until you see it.`
      ]
    },
    PreBookingNotified: {
      subject: ({ title }) => `Back in stock: ${title}`,
      paragraphs: ({ title, author }) => [
        `The book that you have waited for is here again: “${title}” by ${author}.`,
        "We have told everyone who waited, and no copy is set aside: first come, first served."
      ]
    },
    PreBookingHeld: {
      subject: ({ title }) => `A copy is waiting for you: ${title}`,
      paragraphs: ({ title, author, until }) => [
        `It is your turn: we keep a copy of “${title}” by ${author} for you.`,
        `It is yours to buy until ${until}. After that it goes to whoever is next in line.`
      ]
    },
    PreBookingExpired: {
      subject: ({ title }) => `No longer set aside: ${title}`,
      paragraphs: ({ title, author }) => [
        `The time is over for which we kept a copy of “${title}” by ${author} for you, and the copy has gone to others.`,
        "If you still want the book, buy it while there are copies, or wait for it again."
      ]
    },
    PreBookingWithdrawn: {
      subject: ({ title }) => `No longer for sale: ${title}`,
      paragraphs: ({ title, author }) => [
        `We no longer sell “${title}” by ${author}, for which you have waited. We are sorry, and have ended your pre-booking.`
      ]
    }
  }
}

// internal

const titles = ({ title, others }: AboutOrder) =>
  others === 0 ? title : `${title} and ${others} more ${others === 1 ? "title" : "titles"}`
