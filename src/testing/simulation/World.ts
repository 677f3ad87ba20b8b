/** One run: machines, a database, a provider, customers and a shop, from the first command to the quiet after the last. */
import { Context, Effect, type Exit, Layer, Runtime, Scope } from "effect"
import * as State from "../../adapters/memory/State.js"
import type { CustomerId } from "../../domain/Id.js"
import { Notice, Returned } from "../../domain/Notice.js"
import type { Outcome } from "../../domain/Payment.js"
import { type ChargeRequest, PaymentGateway } from "../../ports/PaymentGateway.js"
import { Checkout } from "../../services/Checkout.js"
import type { Handle } from "../../services/Relay.js"
import * as Commands from "./Commands.js"
import * as Database from "./Database.js"
import * as Dice from "./Dice.js"
import * as Due from "./Due.js"
import * as Ending from "./Ending.js"
import * as Hands from "./Hands.js"
import { type Machine, type Shop, term } from "./Machine.js"
import * as Opening from "./Opening.js"
import type { Invariant, Options } from "./Options.js"
import * as Process from "./Process.js"
import * as Provider from "./Provider.js"
import * as Size from "./Size.js"
import type { Owner } from "./Timeline.js"
import * as Timeline from "./Timeline.js"
import * as Waiters from "./Waiters.js"
import * as Watch from "./Watch.js"
import * as Weather from "./Weather.js"
import * as Workers from "./Workers.js"

export interface Violation {
  readonly message: string
  /** Milliseconds from the start of the run, by its own clock. */
  readonly at: number
  readonly step: number
}

export interface Run {
  readonly seed: number
  /** Of the first instant that is wrong, which ends the run. */
  readonly violations: ReadonlyArray<Violation>
  readonly steps: number
  /** How long it took by its own clock. */
  readonly millis: number
  readonly crashes: number
  readonly orders: number
  /** Equal for two runs only if all their steps were. */
  readonly trail: number
  readonly trace: ReadonlyArray<string>
}

export const run = <R>(
  seed: number,
  machines: readonly [Machine, ...ReadonlyArray<Machine>],
  options: Options<R>,
  tracing: boolean
): Run => {
  const dice = Dice.make(seed)
  const size = Size.make(dice)
  const weather = Weather.make(dice, size)
  const violations: Array<Violation> = []
  const trace: Array<string> = []
  const names = new Map<string, string>()
  let crashes = 0
  let closing = false

  // what is seen

  const note = (line: () => string) => {
    if (tracing) trace.push(`${seconds(timeline.now())} ${named(names, line())}`)
  }
  const wrong = (message: string) => {
    note(() => `WRONG: ${message}`)
    violations.push({
      message: tracing ? named(names, message) : message,
      at: timeline.now() - Timeline.epoch,
      step: timeline.steps()
    })
  }

  // what there is

  const timeline: Timeline.Timeline = Timeline.make(dice, (owner) => trouble(owner))
  const shrinking = new Map<string, number>()
  const provider = Provider.make(timeline, dice, weather, {
    settled: (request, outcome) => notify(request, outcome),
    returned: (capture) => {
      const request = requests.get(capture.key)
      if (request !== undefined) notify(request, new Returned({ paymentId: capture.paymentId }))
    },
    wrong,
    note
  })
  const requests = new Map<string, ChargeRequest>()
  const watch = Watch.make(
    provider.books.captures,
    (customer) => timeline.now() <= (shrinking.get(customer) ?? 0),
    wrong
  )
  const titles = Array.from({ length: size.titles }, (_, at) => Commands.title(at))
  const customers = Array.from({ length: size.customers }, (_, at) => `c${at + 1}`)
  const database = Database.make({
    opening: size.large ? State.empty : Opening.make(titles, size, customers, dice),
    timeline,
    dice,
    weather,
    watch: (before, after, by) => {
      note(() => `${by.name} commits ${Ending.difference(before, after)}`)
      watch.committed(before, after)
      check("always", after)
    }
  })
  const check = (when: Invariant["when"], state: State.State) => {
    const rules = (options.invariants ?? []).filter((rule) => (rule.when ?? "always") === when)
    if (rules.length === 0) return
    const view = Ending.view(state, provider.books.captures)
    for (const { name, check } of rules) {
      const problem = check(view)
      if (problem !== undefined) wrong(`${name}: ${problem}`)
    }
  }
  /** A new process, with what the host builds in it. */
  const start = (machine: Machine, skew: number): Pick<Place<R>, "process" | "runtime"> => {
    const process = Process.make(machine.name, timeline, dice, weather.preempted)
    const connect = (gateway: PaymentGateway["Type"]) =>
      machine.connect({ timeline, database, process, dice, gateway, skew, note, policy: size.policy })
    connect(provider.gateway)
    const { gateway, services } = options
    if (gateway !== undefined) connect(Context.get(built(machine.runtime, gateway(provider.gateway)), PaymentGateway))
    const context =
      services === undefined
        ? machine.runtime.context
        : Context.merge(machine.runtime.context, built(machine.runtime, services))
    // Without services of the host's there is nothing that `R` could name.
    return { process, runtime: Runtime.make({ ...machine.runtime, context: context as Context.Context<Shop | R> }) }
  }

  const places: ReadonlyArray<Place<R>> = machines.slice(0, size.processes).map((machine) => {
    const skew = dice.chance(0.3) ? dice.between(-1500, 1500) : 0
    return Object.assign(start(machine, skew), { machine, skew })
  })

  // processes

  const boot = (place: Place<R>) => {
    Object.assign(place, start(place.machine, place.skew))
    note(() => `${place.machine.name} starts`)
    ask(place, Commands.recover(), () => {})
  }

  const trouble = (owner: Owner) => {
    const what = weather.process()
    if (what === "goes on") return
    const place = places.find(({ process }) => process === owner)
    if (place === undefined) return
    const { process } = place
    if (what === "dies") {
      crashes++
      note(() => `${process.name} DIES`)
      process.die()
      database.disconnect(process)
      timeline.after(dice.between(50, 5_000), null, () => boot(place))
      return
    }
    const millis = dice.between(1_000, 150_000)
    note(() => `${process.name} stands still for ${millis} ms`)
    process.stop()
    timeline.after(dice.between(100, 5_000), null, () => {
      if (process.held !== null) database.disconnect(process)
    })
    timeline.after(millis, null, () => {
      note(() => `${process.name} goes on`)
      process.goOn()
    })
  }

  // what is asked of them

  let open = 0

  const ask = (
    place: Place<R>,
    command: Commands.Command<R>,
    done: (exit: Exit.Exit<unknown, unknown> | null) => void
  ) => {
    const { process, runtime } = place
    note(() => `${process.name} is asked: ${command.label}`)
    const { shrinks, grows } = command
    const begun = timeline.now()
    if (shrinks !== null) shrinking.set(shrinks, Infinity)
    open++
    let counted = true
    const closed = () => {
      if (counted) open--
      counted = false
    }
    const call = process.run(runtime, command.effect, (exit) => {
      closed()
      // A commit without an answer may still come.
      if (shrinks !== null) shrinking.set(shrinks, timeline.now() + 1_000)
      note(() => `${process.name} answers: ${command.label}: ${Ending.answer(exit)}`)
      if (exit !== null) {
        const judged = command.judge(exit, database.committed())
        const isAlone = grows === undefined || (shrinking.get(grows) ?? 0) < begun
        const problem = Commands.defect(exit) ?? (isAlone ? judged : null)
        if (problem !== null) wrong(`${command.label}: ${problem}`)
      }
      done(exit)
    })
    return {
      giveUp: () => {
        closed()
        call.giveUp()
      }
    }
  }

  const anywhere = (): Place<R> => {
    const alive = places.filter(({ process }) => process.alive)
    return alive[dice.below(alive.length)] ?? dice.pick(places as ReadonlyArray<Place<R>> as [Place<R>])
  }

  /** Asks with the patience of a person: nobody waits for ever, and some go away at once. */
  const askFor = (command: Commands.Command<R>, tries: number, done: () => void) => {
    let over = false
    const end = (exit: Exit.Exit<unknown, unknown> | null) => {
      if (over) return
      over = true
      timer.cancelled = true
      const unanswered = exit === null || Process.wasGivenUp(exit) || Ending.isTrouble(exit)
      if (unanswered && command.again && tries > 0) {
        timeline.after(dice.between(0, 20_000), null, () => askFor(command, tries - 1, done))
      } else done()
    }
    const call = ask(anywhere(), command, end)
    const patience = weather.impatient() ? dice.between(0, 2_000) : size.patience()
    const timer = timeline.after(patience, null, () => {
      call.giveUp()
      end(null)
    })
  }

  // who asks

  const handle: Handle<Shop | R> = (event) =>
    Effect.suspend(() => {
      watch.handling(event)
      const fate = weather.handlerFails() ? dice.pick(["fails", "dies", "hangs", "told"]) : "fine"
      // `Effect.never` would keep the program that runs the simulation alive.
      if (fate === "hangs") return Effect.async<never>(() => {})
      if (fate === "fails") return Effect.fail("the handler fails")
      if (fate === "dies") return Effect.die(new Error("the handler has a bug"))
      const told = options.handle?.(event) ?? Effect.sleep(dice.below(200))
      return Effect.flatMap(told, () => {
        note(() => `told: ${event._tag} ${event.id}`)
        watch.handled(event)
        return fate === "told" ? Effect.fail("the handler fails after all") : Effect.void
      })
    })

  let busy = 0
  const people = (count: number, pause: number, next: () => Commands.Command<R>) => {
    busy++
    let left = count
    const go = () => {
      if (left-- === 0) {
        busy--
        return
      }
      const command = next()
      if (command.again && dice.chance(0.15)) askFor(command, 0, () => {})
      askFor(command, dice.below(3), () => timeline.after(dice.below(pause), null, go))
    }
    timeline.after(dice.below(pause), null, go)
  }

  /** As people, for whom there is not always something to do: they look again for some time. */
  const hands = (count: number, pause: number, next: () => Commands.Command<R> | null) => {
    busy++
    let left = count
    let looks = 30
    const again = () => timeline.after(dice.below(pause), null, go)
    const go = () => {
      if (left === 0 || looks-- === 0) {
        busy--
        return
      }
      const command = next()
      if (command === null) return again()
      left--
      if (dice.chance(0.15)) askFor(command, 0, () => {})
      askFor(command, dice.below(2), again)
    }
    again()
  }

  /** Where nothing is due it would read and go away again: only large runs do so. */
  const schedule = (pause: number, isDue: () => boolean, next: () => Commands.Command<R>) => {
    const again = () => timeline.after(dice.between(pause / 2, pause), null, go)
    const go = () => {
      if (closing) return
      if (size.large || isDue()) askFor(next(), 0, again)
      else again()
    }
    timeline.after(dice.below(pause), null, go)
  }

  /** The provider tells, sooner or later, and more than once; what is not heard it tells again. */
  const notify = (request: ChargeRequest, said: Outcome | Returned) => {
    requests.set(request.key, request)
    if (!dice.chance(0.5)) return
    const notice = new Notice({
      source: "provider",
      id: `${said._tag}_${request.key}`,
      orderId: request.orderId,
      key: request.key,
      said
    })
    const command: Commands.Command = {
      label: `the provider tells ${said._tag} of ${request.orderId}`,
      effect: Effect.flatMap(Checkout, (checkout) => checkout.notified(notice)),
      shrinks: null,
      again: true,
      judge: () => null
    }
    for (let i = size.notices(); i > 0; i--) {
      notices++
      timeline.after(dice.chance(0.8) ? dice.below(2_000) : dice.below(200_000), null, () =>
        askFor(command, 5, () => notices--)
      )
    }
  }
  let notices = 0

  // the course of things

  const until = (reached: () => boolean): boolean => {
    while (!reached()) {
      if (violations.length > 0) return false
      if (timeline.steps() > mostSteps) {
        wrong("it comes to no end")
        return false
      }
      if (!timeline.step()) {
        wrong("nothing goes on any more, and something is still waited for: for the world outside, or for each other")
        return false
      }
    }
    return violations.length === 0
  }

  const course = () => {
    if (size.large) {
      let ready = false
      ask(places[0] as Place<R>, Commands.opens(titles, size.copies), () => {
        ready = true
      })
      if (!until(() => ready)) return
    }
    weather.begin()
    const books = Ending.bookIds(database.committed())
    for (const name of customers) {
      const lines = Watch.cartOf(database.committed(), name as CustomerId).length
      const memory = { name, asked: [], orders: new Set<never>(), lines, answered: new Map() }
      const who = { customer: memory.name, books, below: dice.below, chance: dice.chance }
      const own = (options.commands ?? []).map((command) => ({
        weight: command.weight ?? 1,
        command: () => Commands.own(command, who, (state) => Ending.view(state, provider.books.captures))
      }))
      people(size.commands(), dice.pick(size.waiting ? [1_000, 5_000, 10_000] : [50, 1_000, 10_000]), () =>
        Commands.customer(memory, dice, books, own, size.leaning, database.committed())
      )
    }
    for (let at = 1; at <= size.workers; at++) {
      const worker = Workers.make(`w${at}`)
      hands(size.steps(), dice.pick([500, 5_000, 40_000]), () =>
        Workers.command(worker, database.committed(), dice, size.leaning)
      )
    }
    people(size.wishes, dice.pick(size.waiting ? [50, 2_000, 5_000] : [50, 2_000, 20_000]), () =>
      Commands.shop(dice, books, handle, size.leaning)
    )
    const state = database.committed
    schedule(
      60_000,
      () => Due.recovery(state(), provider.books.captures, timeline.now()),
      () => Commands.recover()
    )
    schedule(
      15_000,
      () => size.telling && Due.relay(state(), timeline.now()),
      () => Commands.deliver(handle, dice)
    )
    schedule(
      10_000,
      () => Due.sweep(state(), timeline.now()),
      () => Waiters.sweep()
    )
    if (!until(() => busy === 0)) return
    // Some troubles are still there when those of the customers must be put right.
    let over = false
    timeline.after(dice.pick([0, 75_000, 180_000]), null, () => {
      over = true
    })
    if (!until(() => over)) return

    // Then it is quiet: whatever went wrong must be put right by what is there for it.
    note(() => "nothing bad happens any more")
    weather.calm()
    provider.mend()
    if (!until(() => open === 0 && notices === 0 && !provider.isBusy() && places.every(({ process }) => process.alive)))
      return
    closing = true
    const isDone = () => {
      swept = timeline.now() - clockSkew
      return Ending.isDone(database.committed(), provider.books.captures, size.telling, swept)
    }
    let swept = timeline.now()
    for (let round = 0; round < quietRounds; round++) {
      if (!size.large && isDone()) break
      let done = false
      timeline.after(70_000, null, () => {
        ask(anywhere(), Ending.tidy(handle, size.telling), () => {
          done = true
        })
      })
      if (!until(() => done && open === 0 && notices === 0)) return
      if (isDone()) break
    }
    const begun = Hands.begun(database.committed())
    if (begun.length > 0) {
      let taken = false
      timeline.after(term + 5_000, null, () => {
        ask(anywhere(), Workers.takesOver(begun), () => {
          taken = true
        })
      })
      if (!until(() => taken)) return
    }
    check("in the end", database.committed())
    for (const problem of Ending.problems(database.committed(), provider.books.captures, watch, size.telling, swept))
      wrong(problem)
    if (!size.audited) return
    let audited = false
    ask(anywhere(), Commands.audit(true), () => {
      audited = true
    })
    until(() => audited)
  }

  course()
  return {
    seed,
    violations,
    steps: timeline.steps(),
    millis: timeline.now() - Timeline.epoch,
    crashes,
    orders: Ending.orderCount(database.committed()),
    trail: timeline.trail(),
    trace
  }
}

// internal

interface Place<R> {
  readonly machine: Machine
  readonly skew: number
  process: Process.Process
  runtime: Runtime.Runtime<Shop | R>
}

/** For as long as the process lives: nothing is ever closed. */
const built = <A>(runtime: Runtime.Runtime<Shop>, layer: Layer.Layer<A, never, Shop>): Context.Context<A> =>
  Runtime.runSync(runtime)(Effect.flatMap(Scope.make(), (scope) => Layer.buildWithScope(layer, scope)))

/** No run that comes to an end needs nearly so many. */
const mostSteps = 200_000

const quietRounds = 20

/** No clock is further behind another. */
const clockSkew = 3_000

const seconds = (now: number) => `${((now - Timeline.epoch) / 1000).toFixed(3).padStart(9)}`

/** Ids that a person can tell apart. */
const named = (names: Map<string, string>, line: string) =>
  line.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
    const name = names.get(id) ?? `#${names.size + 1}`
    names.set(id, name)
    return name
  })
