output "platform" {
  description = "All that a deployment needs: cluster, services, airflow, repositories, artifacts, roles, alarms (see modules/platform/outputs.tf)."
  value       = module.platform
}
