# The data are roles (name: permissions that it gives by itself), parents (name: the role that it inherits from, in a list) and people
# (name: roles and permissions by itself). Permissions are keys, so that looking one up goes through no list.
package bench

import rego.v1

default allow := false

allow if data.people[input.person].direct[input.permission]

allow if {
	some role in graph.reachable(data.parents, data.people[input.person].roles)
	data.roles[role][input.permission]
}
