// sign_receipt: what became of the files, and the signature over it all.
// mode: write
// params: id STRING, body STRING, complete BOOLEAN, signature STRING, public_key STRING
// returns: id STRING, space STRING
// touches: nothing
// governs: space
MATCH (r:Receipt {id: $id})
SET r.body = $body, r.complete = $complete, r.signature = $signature, r.public_key = $public_key
RETURN r.id AS id, r.space AS space
