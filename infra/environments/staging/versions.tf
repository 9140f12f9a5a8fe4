terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.21, < 7.0"
    }
  }

  # The bucket is made by hand, once (see infra/README.md); its name has to be free in all of AWS.
  backend "s3" {
    bucket       = "kitchen-terraform-state-staging"
    key          = "staging/terraform.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      product     = "kitchen"
      environment = "staging"
      managed-by  = "terraform"
    }
  }
}
