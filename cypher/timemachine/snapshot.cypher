// snapshot: give a moment of a space a name; no row when the name is taken there.
// mode: write
// params: id STRING, space STRING, name STRING, at DATETIME, by STRING, reason STRING?
// returns: id STRING
// touches: nothing
// governs: $space
OPTIONAL MATCH (taken:Snapshot {id: $id})
WITH taken WHERE taken IS NULL
CREATE (n:Snapshot {id: $id, space: $space, name: $name, at: $at, by: $by, reason: $reason})
RETURN n.id AS id
