// bound_keys: which keys a store was used with, and whether something in it was signed.
// mode: read
// params:
// returns: root STRING?, signer STRING?, signed BOOLEAN
MATCH (s:Store {id: 'memos-graph'})
RETURN s.keys AS root, s.signer AS signer, EXISTS { MATCH (r:Receipt) WHERE r.id IS NOT NULL AND r.signature IS NOT NULL } AS signed
