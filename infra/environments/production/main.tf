# In three zones, and hard to take down. It has no registry of its own: it runs what staging has proven, by digest.

module "platform" {
  source = "../../modules/platform"

  environment         = "production"
  cidr                = "10.30.0.0/16"
  availability_zones  = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  highly_available    = true
  deletion_protection = true

  domain          = var.domain
  certificate_arn = var.certificate_arn

  api      = { cpu = 1024, memory = 2048 }
  airflow  = { cpu = 2048, memory = 8192, client_cidrs = var.airflow_client_cidrs }
  database = { instance_class = "db.m7g.large", storage_gib = 100, backup_days = 35 }
  registry = { owner_account_id = var.registry_account_id }

  github_repository        = var.github_repository
  github_oidc_provider_arn = var.github_oidc_provider_arn
}
