// activation_space: the activation cubes of a space.
// mode: schema
// params: 
// returns: 
CREATE INDEX activation_space IF NOT EXISTS FOR (n:Activation) ON (n.space, n.state)
