// submit: queue a piece of work of a space, unless one of this id is there.
// mode: write
// params: space STRING, job STRING, properties MAP
// returns: id STRING, state STRING
// touches: nothing
MATCH (s:Space {id: $space})
MERGE (j:Job {id: $job})
ON CREATE SET j += $properties, j.space = s.id
RETURN j.id AS id, j.state AS state
