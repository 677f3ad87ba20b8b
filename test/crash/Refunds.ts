/** Refunds that are refused for a while, so that a cancelled order stays without its money back. */
import { Context, Layer } from "effect"
import { GatewayError, PaymentGateway } from "../../src/ports/PaymentGateway.js"

export class Outage {
  on = false
}

export const layer = <A, E, R>(gateway: Layer.Layer<A | PaymentGateway, E, R>, outage: Outage) =>
  Layer.map(gateway, (context) => {
    const { charge, lookup, refund } = Context.get(context, PaymentGateway)
    return Context.make(PaymentGateway, {
      charge,
      lookup,
      refund: (request) =>
        outage.on ? new GatewayError({ moneyMoved: "No", cause: new Error("no refunds today") }) : refund(request)
    })
  })
