// parametric_space: the parametric cubes of a space.
// mode: schema
// params: 
// returns: 
CREATE INDEX parametric_space IF NOT EXISTS FOR (n:Parametric) ON (n.space, n.state)
