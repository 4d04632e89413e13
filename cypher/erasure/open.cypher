// open: the receipts of a space, or of every one, that wait for payloads to be gone.
// mode: read
// params: space STRING?
// returns: id STRING, body STRING
MATCH (r:Receipt {complete: false})
WHERE $space IS NULL OR r.space = $space
RETURN r.id AS id, r.body AS body
ORDER BY id
