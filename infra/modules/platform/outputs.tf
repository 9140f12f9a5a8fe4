output "cluster" {
  description = "Name of the ECS cluster, its region and account."
  value = {
    name       = aws_ecs_cluster.this.name
    region     = data.aws_region.current.region
    account_id = local.account
  }
}

output "services" {
  description = "Per service: its URL and address, and what a deployment needs (listener, template, and each cohort's ECS service and target group)."
  value = {
    api = merge(module.api.deployment, module.api.address, { url = "https://${var.domain}" })
  }
}

output "airflow" {
  description = "What a deployment of Airflow needs: its ECS service, template, containers, and URL where it may be reached."
  value       = module.airflow.deployment
}

output "repositories" {
  description = "Per component: name, ARN and address of its ECR repository."
  value       = local.repositories
}

output "artifacts" {
  description = "The bucket, and its folders for DAG bundles, model artifacts and the state of rollouts."
  value = {
    bucket      = module.artifacts.name
    folders     = { for folder in local.folders : folder => "${folder}/" }
    kms_key_arn = module.key.arn
  }
}

output "roles" {
  description = "ARN per role of GitHub Actions: deploy, and publish where this environment owns the registry."
  value       = module.delivery.role_arns
}

output "alarms" {
  description = "ARN of the topic that every alarm is sent to."
  value       = aws_sns_topic.alarms.arn
}
