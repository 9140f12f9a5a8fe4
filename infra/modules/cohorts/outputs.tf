output "splitter" {
  description = "The traffic splitter: its container's name, the address it listens on, and the path it checks replicas by."
  value       = terraform_data.splitter.output
}

output "cohorts" {
  description = "Per colour: the splitter's backend, and each replica's name and address inside of the network."
  value       = { for colour, cohort in terraform_data.cohort : colour => cohort.output }
}

output "initial_weights" {
  description = "Percent per colour with which the environment was made, as long as it exists."
  value       = terraform_data.initial_weights.output
}
