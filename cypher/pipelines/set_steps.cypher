// set_steps: what has become of steps of a run whose lock is held; those that are over are left, unless their effect was undone.
// mode: write
// params: run STRING, until DATETIME, steps LIST<MAP>, undone BOOLEAN
// returns: steps INTEGER
// touches: nothing
MATCH (r:Run {id: $run})
SET r.held_until = $until
WITH r
UNWIND $steps AS row
MATCH (s:Step {run: r.id, id: row.id})
WHERE $undone OR NOT s.state IN ['done', 'skipped']
SET s += row.properties
RETURN count(s) AS steps
