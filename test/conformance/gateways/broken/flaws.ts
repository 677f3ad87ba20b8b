import { Effect } from "effect"
import { Amount, Currency } from "../../../../src/domain/Money.js"
import { Captured, Declined, type Outcome } from "../../../../src/domain/Payment.js"
import { breaking, type Flaws, refused, travelling, unknown } from "./Bank.js"

let counter = 0
/** A new payment whatever the key, as a gateway does that ignores it. */
const another = () => `payment ${counter++}`

const mapCaptured = (answer: Outcome, change: (captured: Captured) => Captured): Outcome =>
  answer._tag === "Captured" ? change(answer) : answer

/** Every decline forgotten. */
const forgetful = breaking((real) => ({
  lookup: (key) => Effect.map(real.lookup(key), (told) => (told?._tag === "Declined" ? null : told))
}))

export const flaws: Flaws = {
  "a charge is captured in full, in its currency": {
    "it takes less": breaking((real) => ({
      charge: (request) => real.charge({ ...request, amount: Amount.make(Math.min(request.amount, 1_000_000)) })
    })),
    "it takes another currency": breaking((real) => ({
      charge: (request) => real.charge({ ...request, currency: Currency.make("EUR") })
    })),
    "it names no payment": breaking((real) => ({
      charge: (request) =>
        Effect.map(real.charge(request), (answer) => ({ ...answer, paymentId: "" }) as unknown as Outcome)
    }))
  },
  "an amount of a currency without decimals is taken as it is": {
    "it counts in hundredths": breaking((real) => ({
      charge: (request) =>
        real.charge({
          ...request,
          amount: request.currency === "JPY" ? Amount.make(request.amount * 100) : request.amount
        })
    })),
    "it tells hundredths at lookup": breaking((real) => ({
      lookup: (key) =>
        Effect.map(real.lookup(key), (told) =>
          told === null
            ? null
            : mapCaptured(told, (taken) => new Captured({ ...taken, amount: Amount.make(taken.amount * 100) }))
        )
    }))
  },
  "the same key again is the same payment": {
    "it ignores the key": breaking((_, bank) => ({
      charge: (request) => travelling(() => Effect.succeed(bank.answer(request, another())))
    })),
    "it refuses a key that it knows": breaking((real, bank) => ({
      charge: (request) => (bank.answers.has(request.key) ? refused : real.charge(request))
    }))
  },
  "the same key ten times at once is one payment": {
    "it looks for the key, and writes it later": breaking((_, bank) => ({
      charge: (request) =>
        Effect.suspend(() => {
          const known = bank.answers.get(request.key)
          return known === undefined
            ? travelling(() => Effect.succeed(bank.answer(request, another())))
            : Effect.succeed(known)
        })
    })),
    "it says that nothing moved while another call takes the money": breaking((real) => {
      const atWork = new Set<string>()
      return {
        charge: (request) =>
          Effect.suspend(() => {
            if (atWork.has(request.key)) return refused
            atWork.add(request.key)
            return Effect.ensuring(
              real.charge(request),
              Effect.sync(() => atWork.delete(request.key))
            )
          })
      }
    })
  },
  "charges under keys of their own are payments of their own": {
    "it takes two of a second for one": breaking((_, bank) => ({
      charge: (request) => travelling(() => Effect.succeed(bank.answer(request, "payment of this second")))
    })),
    "it mixes up what overlaps": breaking((real) => {
      let last: Parameters<typeof real.charge>[0] | undefined
      return {
        charge: (request) =>
          Effect.suspend(() => {
            last = request
            return Effect.flatMap(Effect.yieldNow(), () => real.charge({ ...(last ?? request), key: request.key }))
          })
      }
    })
  },
  "lookup tells what was captured under a key, as often as it is asked": {
    "it does not know what it took": breaking(() => ({ lookup: () => Effect.succeed(null) })),
    "it tells it once": breaking((real) => {
      const asked = new Set<string>()
      return {
        lookup: (key) =>
          Effect.suspend(() => {
            if (asked.has(key)) return Effect.succeed(null)
            asked.add(key)
            return real.lookup(key)
          })
      }
    }),
    "it tells another payment": breaking((real) => ({
      lookup: (key) =>
        Effect.map(real.lookup(key), (told) =>
          told === null ? null : mapCaptured(told, (taken) => new Captured({ ...taken, paymentId: "another" }))
        )
    }))
  },
  "lookup tells null of a key under which nothing was charged, as often as it is asked": {
    "it says declined": breaking((real) => ({
      lookup: (key) => Effect.map(real.lookup(key), (told) => told ?? new Declined({ reason: "not found" }))
    })),
    "it tells the last payment": breaking((_, bank) => ({
      lookup: (key) => Effect.sync(() => bank.answers.get(key) ?? [...bank.answers.values()].at(-1) ?? null)
    })),
    "it fails": breaking((real) => ({
      lookup: (key) => Effect.flatMap(real.lookup(key), (told) => (told === null ? unknown : Effect.succeed(told)))
    }))
  },
  "another amount or currency under the same key takes nothing more, and is not told as taken": {
    "it takes that too": breaking((_, bank) => ({
      charge: (request) =>
        Effect.sync(() => {
          const known = bank.answers.get(request.key)
          return known?._tag === "Captured" && known.amount === request.amount ? known : bank.answer(request, another())
        })
    })),
    "it tells what was asked as taken": breaking((real) => ({
      charge: (request) =>
        Effect.map(real.charge(request), (answer) =>
          mapCaptured(answer, (taken) => new Captured({ ...taken, amount: request.amount, currency: request.currency }))
        )
    })),
    "it says that no money moved": breaking((real, bank) => ({
      charge: (request) => {
        const known = bank.answers.get(request.key)
        return known?._tag === "Captured" && known.amount !== request.amount ? refused : real.charge(request)
      }
    }))
  },
  "text of any script in the customer's id or the method is taken or refused, and never breaks the gateway": {
    "it dies of what is not ASCII": breaking((real) => ({
      charge: (request) =>
        /^[\x20-\x7e]*$/.test(`${request.customerId}${request.method}`)
          ? real.charge(request)
          : Effect.die(new TypeError("Invalid character in header content"))
    })),
    "it fails with an error of its own": breaking((real) => ({
      charge: (request) =>
        request.method?.includes("'") ? (Effect.fail(new Error("syntax")) as never) : real.charge(request)
    }))
  },
  "a decline is an answer with a reason, and is repeated for its key": {
    "it is a failure": breaking((real) => ({
      charge: (request) => (request.method === "decline" ? refused : real.charge(request))
    })),
    "it has no reason": breaking((real) => ({
      charge: (request) =>
        Effect.map(real.charge(request), (answer) =>
          answer._tag === "Declined" ? new Declined({ reason: " " }, { disableValidation: true }) : answer
        )
    })),
    "it is captured at the second try": breaking((real, bank) => ({
      charge: (request) =>
        Effect.suspend(() =>
          bank.answers.get(request.key)?._tag === "Declined"
            ? Effect.sync(() => bank.answer({ ...request, method: null }))
            : real.charge(request)
        )
    }))
  },
  "lookup tells a decline, as often as it is asked": { "it is forgotten": forgetful },
  "a key that was declined takes no money later, by no other method": {
    "it does": breaking((_, bank) => ({
      charge: (request) =>
        Effect.sync(() => {
          const known = bank.answers.get(request.key)
          return known?._tag === "Captured" ? known : bank.answer(request)
        })
    })),
    "its decline is gone": forgetful
  },
  "a refund succeeds, and again under the same key": {
    "it is refused the second time": breaking((real, bank) => ({
      refund: (request) => (bank.refunds.has(request.key) ? refused : real.refund(request))
    })),
    "the charge is gone": breaking((real, bank) => ({
      refund: (request) =>
        Effect.tap(real.refund(request), () => {
          for (const [key, answer] of bank.answers) {
            if (answer._tag === "Captured" && answer.paymentId === request.paymentId) bank.answers.delete(key)
          }
        })
    }))
  },
  "a part that is given back many times under one key leaves the rest to be given back": {
    "it is given back each time": breaking((_, bank) => ({ refund: (request) => bank.giveBack(request) })),
    "a part is the whole": breaking((_, bank) => ({
      refund: (request) =>
        bank.refunds.has(request.key)
          ? Effect.void
          : bank.giveBack({ ...request, amount: Amount.make(bank.left.get(request.paymentId) || request.amount) })
    }))
  },
  "a part that is given back ten times at once under one key leaves the rest to be given back": {
    "it looks for the key, and writes it later": breaking((_, bank) => ({
      refund: (request) =>
        Effect.suspend(() => (bank.refunds.has(request.key) ? Effect.void : travelling(() => bank.giveBack(request))))
    }))
  },
  "what was never taken is not given back": {
    "it is": breaking((real, bank) => ({
      refund: (request) => (bank.left.has(request.paymentId) ? real.refund(request) : Effect.void)
    }))
  },
  "a provider that cannot be reached is a failure of charge, lookup and refund, and no answer": {
    "it is a decline": breaking(() => ({}), {
      unreachable: () => ({ charge: () => Effect.succeed(new Declined({ reason: "unreachable" })) })
    }),
    "it is told as never charged": breaking(() => ({}), {
      unreachable: () => ({ lookup: () => Effect.succeed(null) })
    }),
    "the refund seems done": breaking(() => ({}), { unreachable: () => ({ refund: () => Effect.void }) }),
    "it dies": breaking(() => ({}), { unreachable: () => ({ lookup: () => Effect.die(new Error("ECONNREFUSED")) }) })
  },
  "a charge whose answer was lost is told as taken, or as unknown; lookup tells it": {
    "it says that no money moved": breaking(() => ({}), {
      losing: (real) => ({ charge: (request) => Effect.zipRight(real.charge(request), refused) })
    }),
    "it says declined": breaking(() => ({}), {
      losing: (real) => ({
        charge: (request) => Effect.as(real.charge(request), new Declined({ reason: "no answer" }))
      })
    }),
    "it is charged again": breaking((real, bank) => ({
      charge: (request) =>
        bank.answers.has(request.key) ? Effect.sync(() => bank.answer(request, another())) : real.charge(request)
    }))
  },
  "a charge that is interrupted anywhere is one payment when it is asked again": {
    "its key is locked for ever": breaking((real) => {
      const locked = new Set<string>()
      return {
        charge: (request) =>
          Effect.suspend(() => {
            if (locked.has(request.key)) return unknown
            locked.add(request.key)
            return Effect.tap(real.charge(request), () => locked.delete(request.key))
          })
      }
    }),
    "it is written down as declined": breaking((real, bank) => ({
      charge: (request) =>
        Effect.onInterrupt(real.charge(request), () =>
          Effect.sync(() => bank.answers.set(request.key, new Declined({ reason: "interrupted" })))
        )
    }))
  }
}
