# Small, in two zones, and easy to take down. It owns the registry: what is pushed here is promoted by digest.

module "platform" {
  source = "../../modules/platform"

  environment         = "staging"
  cidr                = "10.20.0.0/16"
  availability_zones  = ["eu-central-1a", "eu-central-1b"]
  highly_available    = false
  deletion_protection = false

  domain          = var.domain
  certificate_arn = var.certificate_arn

  api      = { cpu = 512, memory = 1024 }
  airflow  = { cpu = 1024, memory = 4096, client_cidrs = var.airflow_client_cidrs }
  database = { instance_class = "db.t4g.small", backup_days = 7 }
  registry = { reader_accounts = var.registry_reader_accounts }

  github_repository        = var.github_repository
  github_oidc_provider_arn = var.github_oidc_provider_arn
}
