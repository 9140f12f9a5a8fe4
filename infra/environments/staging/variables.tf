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

variable "registry_reader_accounts" {
  description = "Ids of other AWS accounts that pull images from here: production's, where it has an account of its own."
  type        = list(string)
  default     = []
  nullable    = false
}
