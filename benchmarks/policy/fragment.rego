# Four rules of the policy, as a platform team would write them: own lab, open weights under a permissive licence, a
# clause against competing models by date, and third parties whom the terms do not bind. Derived data is left out.
package fragment

not_trained := {"filter", "evaluation", "tooling"}

services := {"first-party-api", "consumer-app"}

own(use) if use.maker == input.trainer.name

outside(use) if startswith(use.by_whom, "third-party:")

outside(use) if startswith(use.by_whom, "contractor:")

permissive(use) if {
	use.channel == "open-weights"
	data.families[use.model].permissive
}

clause(use) if {
	services[use.channel]
	some window in data.makers[use.maker]
	window.since <= use.when
	use.when <= window.until
}

use_verdict(use, role) := "allow" if own(use)

else := "review" if outside(use)

else := "allow" if permissive(use)

else := "allow" if not_trained[role]

else := "block" if clause(use)

else := "review"

uses(source) := source.generated_by if is_array(source.generated_by)

uses(source) := [source.generated_by] if is_object(source.generated_by)

uses(source) := [] if is_null(source.generated_by)

verdicts[source.name] := worst([use_verdict(use, object.get(source, "role", "")) | some use in uses(source)]) if {
	some source in input.sources
}

worst(found) := "block" if "block" in found

else := "review" if "review" in found

else := "allow"
