// jobs: what of a space waits to be erased, here or at another place, and what was declared to be gone with its place.
// mode: read
// params: space STRING
// returns: cube STRING?, state STRING, place STRING?, problem STRING?, created_at DATETIME
MATCH (j:Job)
WHERE j.state IN ['waiting', 'declared'] AND j.kind IN ['erase', 'sweep'] AND j.space = $space
OPTIONAL MATCH (h:Holder {id: j.holder})
RETURN j.cube AS cube, j.state AS state, coalesce(h.name, j.holder) AS place, j.problem AS problem, j.created_at AS created_at
ORDER BY created_at, cube
