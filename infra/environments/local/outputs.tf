output "network" {
  description = "The containers' network: name, subnet and gateway."
  value       = terraform_data.network.output
}

output "database" {
  description = "The PostgreSQL container: name, address inside of the network, database and volume."
  value       = terraform_data.database.output
}

output "models" {
  description = "The volume that Airflow publishes models to and the API reads them from, and where it is mounted."
  value       = terraform_data.models.output
}

output "services" {
  description = "Per service: its splitter, its cohorts and the weights with which the environment was made."
  value       = module.service
}
