// sweep_later: a place of payloads is to be swept of what no memory of a space accounts for, unless that waits already.
// mode: write
// params: space STRING, holder STRING, now DATETIME, by STRING
// returns: waiting INTEGER
// touches: nothing
OPTIONAL MATCH (j:Job {state: 'waiting'})
WHERE j.kind = 'sweep' AND j.space = $space AND j.holder = $holder
WITH count(j) AS waiting
FOREACH (_ IN CASE WHEN waiting = 0 THEN [1] ELSE [] END |
  CREATE (:Job {
    id: randomUUID(), kind: 'sweep', state: 'waiting', space: $space, holder: $holder, created_at: $now, created_by: $by
  })
)
RETURN waiting
