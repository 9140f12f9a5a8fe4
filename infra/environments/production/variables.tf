variable "domain" {
  description = "Host name of the API; Airflow is at airflow. below it."
  type        = string
  nullable    = false
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for both."
  type        = string
  nullable    = false
}

variable "github_repository" {
  description = "The GitHub repository whose workflows get roles, owner/name."
  type        = string
  nullable    = false
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, where the account has one; null makes it."
  type        = string
  default     = null
}

variable "airflow_client_cidrs" {
  description = "IPv4 addresses that may open Airflow's pages and API, in CIDR notation; none, if empty."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "registry_account_id" {
  description = "Id of the AWS account that owns the registry: staging's."
  type        = string
  nullable    = false
}
