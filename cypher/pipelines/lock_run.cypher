// lock_run: take the lock of a run's space, then the run's; no row when the principal may not read the space, or there is no such run.
// mode: write
// params: run STRING, principal STRING, now DATETIME
// returns: space STRING, state STRING, holder STRING?, held_until DATETIME?, by STRING, sealed STRING?
// touches: nothing
MATCH (r:Run {id: $run})
MATCH (s:Space {id: r.space})
//> include fragments/access
WITH r, s WHERE 'read' IN actions
// Both are taken plainly, the space's first (audit/append).
SET s.locked = true
WITH r
SET r.locked = true
RETURN r.space AS space, r.state AS state, r.holder AS holder, r.held_until AS held_until, r.principal AS by,
       r.sealed AS sealed
