// named: which of some names a principal, a role, a space or a tenant has already.
// mode: read
// params: names LIST<STRING>
// returns: name STRING
UNWIND $names AS name
WITH name
WHERE EXISTS { MATCH (p:Principal {id: name}) } OR EXISTS { MATCH (s:Space {id: name}) }
   OR EXISTS { MATCH (p:Principal) WHERE p.tenant = name }
RETURN name
