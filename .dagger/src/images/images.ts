import {
  type Container,
  type Directory,
  dag,
  type File,
  func,
  object,
  type Secret,
  type Service,
} from "@dagger.io/dagger";
import { Report } from "../report/report.ts";
import { images as toolImages } from "../toolbox/images.ts";
import type { BuiltImage } from "./build-image.ts";
import { publishImage } from "./publish.ts";
import { PublishedImages } from "./published-images.ts";
import { registryAccess } from "./registry-address.ts";
import { sbomOf } from "./sbom.ts";
import { scanImages } from "./scan.ts";
import { bytes } from "./size-budget.ts";

/** The images of a source's services: the same bytes whenever and wherever they are built. */
@object()
export class Images {
  /** what they are, as JSON text */
  private readonly document: string;
  /** an OCI layout for each, by name */
  private readonly layouts: Directory;
  /** seconds that publishing one may take */
  private readonly limit: number;

  constructor(document: string, layouts: Directory, limit: number) {
    this.document = document;
    this.layouts = layouts;
    this.limit = limit;
  }

  /** Names of the services that have an image. */
  @func()
  list(): string[] {
    return this.all().map(({ name }) => name);
  }

  /** A line for each image: name, digest, size, number of layers. */
  @func()
  summary(): string {
    const lines = this.all().map(
      ({ name, about }) =>
        `${name}  ${about.digest}  ${bytes(about.size)} in ${about.layers.length} layers\n`,
    );
    return lines.join("") || "no service has an image\n";
  }

  /** JSON: name, digest, size (bytes), created (RFC 3339), layers (digest, size, createdBy). */
  @func()
  json(): File {
    const list = this.all().map(({ name, about }) => ({ name, ...about }));
    return dag.file("images.json", `${JSON.stringify(list, null, 2)}\n`);
  }

  /** Digest of a service's image. */
  @func()
  digest(name: string): string {
    return this.image(name).about.digest;
  }

  /** A container of a service's image, as whoever pulls it gets it. */
  @func()
  container(name: string): Container {
    return dag.container().import_(this.tarball(name));
  }

  /** A service's image as an archive of an OCI layout. */
  @func()
  tarball(name: string): File {
    return dag
      .container()
      .from(toolImages.python)
      .withMountedDirectory("/image", this.image(name).layout)
      .withExec([
        ...["tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"],
        ...["-cf", `/${name}.tar`, "-C", "/image", "."],
      ])
      .file(`/${name}.tar`);
  }

  /** What a service's image holds, as CycloneDX 1.6: Debian packages and Python distributions. */
  @func()
  sbom(name: string): Promise<File> {
    return sbomOf(this.image(name));
  }

  /**
   * Known vulnerabilities in what the images hold, by grype. Where no advisory database can be had
   * the verdict is `not-run`, which is no pass.
   */
  @func()
  async scan(): Promise<Report> {
    return new Report(JSON.stringify(await scanImages(this.all())));
  }

  /**
   * Sends all images to a registry, each with its SBOM. Tags move only after everything is there and
   * was read back; what the registry has already is not sent again.
   *
   * @param registry where to: registry.example.com/team; an image goes to registry.example.com/team/NAME
   * @param username user name for the registry
   * @param password password or token for it
   * @param tags tags to move (default: none, images are found by their digests)
   * @param registryService the registry itself, for one on this machine: tcp://localhost:5000
   * @param signingKey private key (PEM) that signs each image's provenance; without it there is none
   */
  @func({ cache: "never" })
  async publish(
    registry: string,
    username?: string,
    password?: Secret,
    tags: string[] = [],
    registryService?: Service,
    signingKey?: Secret,
  ): Promise<PublishedImages> {
    const destination = {
      registry,
      tags,
      limit: this.limit,
      ...registryAccess(username, password, registryService),
      ...(signingKey === undefined ? {} : { signingKey }),
    };
    const published = await Promise.all(
      this.all().map((image) => publishImage(image, destination)),
    );
    return new PublishedImages(JSON.stringify(published));
  }

  private all(): BuiltImage[] {
    const list = JSON.parse(this.document) as Omit<BuiltImage, "layout">[];
    return list.map((each) => ({ ...each, layout: this.layouts.directory(each.name) }));
  }

  private image(name: string): BuiltImage {
    const found = this.all().find((each) => each.name === name);
    if (found) return found;
    throw new Error(`no image ${name}: there are ${this.list().join(", ") || "none"}`);
  }
}
