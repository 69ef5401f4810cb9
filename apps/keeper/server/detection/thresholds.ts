/**
 * From when on a disturbance between Stripe and us is a fault that hits many, and no stumble. Windows and ages are machine time, except
 * `lateSeconds`: how late a delivery is, is told by business time without the clock's jumps.
 */
export const thresholds = {
  /** How far back refused, late and failed calls count. What an incident that was resolved since has settled does not count again. */
  windowSeconds: 300,
  /** Anybody can post rubbish to the address. Refused bodies that name customers of ours are another matter, or so many that it is no accident. */
  rejectedOrganizations: 2,
  rejections: 20,
  /** A delivery usually waits for milliseconds. */
  waitingSeconds: 60,
  /** A delivery that is given up has failed twelve times over an hour. */
  deadOrganizations: 2,
  /** As the index of late deliveries has it. */
  lateSeconds: 30,
  lateOrganizations: 2,
  lateDeliveries: 5,
  /** Made at Stripe and not come, seen in two looks that follow each other. */
  undeliveredOrganizations: 2,
  undelivered: 5,
  /** One customer's odd object is a case. */
  failingOrganizations: 2,
  /** Looks in a row in which Stripe did not serve the probe. */
  unreachableLooks: 2,
} as const;
