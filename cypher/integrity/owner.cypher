// owner: whose a space is.
// mode: read
// params: space STRING
// returns: owner STRING
MATCH (s:Space {id: $space})
RETURN s.owner AS owner
