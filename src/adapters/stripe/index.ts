/** Payments by Stripe. */
export {}
