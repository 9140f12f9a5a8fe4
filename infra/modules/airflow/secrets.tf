module "fernet_key" {
  source = "../secret"

  name        = "${var.name}/fernet-key"
  description = "Encrypts what Airflow keeps in its connections and variables"
  kms_key_arn = var.kms_key_arn
  length      = 32
  base64      = true
}

module "jwt_secret" {
  source = "../secret"

  name        = "${var.name}/jwt-secret"
  description = "Signs the tokens by which Airflow's tasks and users speak to its API"
  kms_key_arn = var.kms_key_arn
  revision    = var.secrets_revision
}

module "session_key" {
  source = "../secret"

  name        = "${var.name}/session-key"
  description = "Signs the sessions of Airflow's pages"
  kms_key_arn = var.kms_key_arn
  revision    = var.secrets_revision
}

module "password" {
  source = "../secret"

  name        = "${var.name}/password"
  description = "Password of Airflow's only user"
  kms_key_arn = var.kms_key_arn
  revision    = var.secrets_revision
}
