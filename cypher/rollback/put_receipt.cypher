// put_receipt: a receipt that an older copy lacks is with its space again.
// mode: write
// params: space STRING, receipt MAP
// returns: id STRING
// touches: nothing
// governs: $space
MATCH (s:Space {id: $space})
MERGE (r:Receipt {id: $receipt.id})
ON CREATE SET r += $receipt, r.space = s.id
MERGE (s)-[:HAS_RECEIPT]->(r)
RETURN r.id AS id
