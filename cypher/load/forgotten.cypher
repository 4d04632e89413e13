// forgotten: what was erased from a space, as its receipts tell it without a word of it.
// mode: read
// params: space STRING
// returns: body STRING
MATCH (:Space {id: $space})-[:HAS_RECEIPT]->(r:Receipt)
RETURN r.body AS body
ORDER BY r.id
