import type { EnumType } from "./define.ts";

const withoutKind = Object.fromEntries(
  "STRING INTEGER FLOAT BOOLEAN SCALAR LIST OBJECT INTERFACE INPUT VOID ENUM"
    .split(" ")
    .map((name) => [name, `${name}_KIND`]),
);

/** The API's enumerations, each value with what it means. */
export const enumTypes: readonly EnumType[] = [
  {
    name: "ReturnType",
    description: "Which end of a command is the expected one",
    values: {
      SUCCESS: "Exit code 0",
      FAILURE: "Any exit code from 1 to 127 and from 192 to 255",
      ANY: "Any exit code from 0 to 127 and from 192 to 255",
    },
  },
  {
    name: "CacheSharingMode",
    description: "What happens when two steps use one cache volume at the same time",
    values: {
      SHARED: "Both use it",
      PRIVATE: "The second one gets a volume of its own",
      LOCKED: "The second one waits",
    },
  },
  {
    name: "NetworkProtocol",
    description: "Transport layer of a port",
    values: { TCP: "TCP", UDP: "UDP" },
  },
  {
    name: "ImageLayerCompression",
    description: "How the layers of an image are compressed",
    values: {
      Gzip: "gzip",
      Zstd: "Zstandard",
      EStarGZ: "eStargz",
      Uncompressed: "Not at all",
    },
    aliases: { GZIP: "Gzip", ZSTD: "Zstd", ESTARGZ: "EStarGZ", UNCOMPRESSED: "Uncompressed" },
  },
  {
    name: "ImageMediaTypes",
    description: "Whose media types an image's manifest uses",
    values: { OCIMediaTypes: "OCI's", DockerMediaTypes: "Docker's" },
    aliases: { OCI: "OCIMediaTypes", DOCKER: "DockerMediaTypes" },
  },
  {
    name: "ExistsType",
    description: "Which kind of file is asked for",
    values: {
      REGULAR_TYPE: "A regular file",
      DIRECTORY_TYPE: "A directory",
      SYMLINK_TYPE: "A symbolic link",
    },
  },
  {
    name: "DiffStatKind",
    description: "How a path changed",
    values: {
      ADDED: "It is new",
      MODIFIED: "It holds something else",
      REMOVED: "It is gone",
      RENAMED: "It was somewhere else before",
    },
  },
  {
    name: "ChangesetMergeConflict",
    description: "What to do where two changesets change one file",
    values: {
      FAIL_EARLY: "Refuse it",
      FAIL: "Merge the file, and refuse it where both change the same lines",
      LEAVE_CONFLICT_MARKERS: "Merge the file, and mark the lines that both change",
      PREFER_OURS: "Take the lines of the first one",
      PREFER_THEIRS: "Take the lines of the second one",
    },
  },
  {
    name: "ChangesetsMergeConflict",
    description: "What to do where two of several changesets change one file",
    values: {
      FAIL_EARLY: "Refuse it",
      FAIL: "Merge the file, and refuse it where both change the same lines",
    },
  },
  {
    name: "FileType",
    description: "Kind of a file",
    values: {
      UNKNOWN: "Neither of the others",
      REGULAR: "A regular file",
      DIRECTORY: "A directory",
      SYMLINK: "A symbolic link",
    },
    aliases: { REGULAR_TYPE: "REGULAR", DIRECTORY_TYPE: "DIRECTORY", SYMLINK_TYPE: "SYMLINK" },
  },
  {
    name: "TypeDefKind",
    description: "What kind of type something is",
    values: {
      STRING_KIND: "A text",
      INTEGER_KIND: "A whole number",
      FLOAT_KIND: "A number",
      BOOLEAN_KIND: "True or false",
      SCALAR_KIND: "A text that means something of its own",
      LIST_KIND: "A list of values of one type",
      OBJECT_KIND: "An object with fields and functions",
      INTERFACE_KIND: "Functions that objects may have",
      INPUT_KIND: "An object that is given whole",
      VOID_KIND: "Nothing",
      ENUM_KIND: "One of several members",
    },
    aliases: withoutKind,
  },
  {
    name: "FunctionCachePolicy",
    description: "How long answers of a function hold",
    values: {
      Default: "For seven days, or the time that is given",
      PerSession: "For the session",
      Never: "Never",
    },
  },
  {
    name: "ModuleSourceKind",
    description: "Where a module's files are",
    values: {
      LOCAL_SOURCE: "In a folder",
      GIT_SOURCE: "In a git repository",
      DIR_SOURCE: "In a Directory",
    },
    aliases: { LOCAL: "LOCAL_SOURCE", GIT: "GIT_SOURCE", DIR: "DIR_SOURCE" },
  },
];
