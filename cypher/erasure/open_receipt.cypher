// open_receipt: an erasure leaves a receipt with its space; what has become of the files is added when they are gone.
// mode: write
// params: space STRING, receipt MAP
// returns: id STRING
// touches: nothing
// governs: $space
MATCH (s:Space {id: $space})
CREATE (s)-[:HAS_RECEIPT]->(r:Receipt)
SET r = $receipt, r.space = s.id
RETURN r.id AS id
