// standing: how much work there is of each kind in each state, and since when the oldest of what may be begun waits; of every space, and naming none.
// mode: read
// params: states LIST<STRING>, now DATETIME
// returns: kind STRING, state STRING, jobs INTEGER, since DATETIME?
MATCH (j:Job)
WHERE j.state IN $states
RETURN j.kind AS kind, j.state AS state, count(j) AS jobs,
       min(CASE WHEN j.state IN ['queued', 'waiting'] AND coalesce(j.due_at <= $now, true) THEN j.created_at END) AS since
ORDER BY kind, state
