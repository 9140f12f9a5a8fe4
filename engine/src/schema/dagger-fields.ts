// Made by scripts/dagger-fields.mjs from @dagger.io/dagger 0.21.9: do not edit.

/** The names of all fields of Dagger's API, by type, in one text each. */
export const daggerFields: Readonly<Record<string, string>> = {
  Address: "container directory file gitRef gitRepository id secret service socket value volume",
  BaseClient: "",
  Binding:
    "asAddress asCacheVolume asChangeset asCheck asCheckGroup asCloud asContainer asDiffStat asDirectory asEnv asEnvFile asFile asGenerator asGeneratorGroup asGitRef asGitRepository asHTTPState asJSONValue asModule asModuleConfigClient asModuleSource asSearchResult asSearchSubmatch asSecret asService asSocket asStat asString asUp asUpGroup asVolume asWorkspace digest id isNull name typeName",
  CacheVolume: "id",
  Changeset:
    "addedPaths after asPatch before diffStats export id isEmpty layer modifiedPaths removedPaths sync withChangeset withChangesets",
  Check: "checkType completed description error id name originalModule passed path resultEmoji run",
  CheckGroup: "id list report run",
  ClientFilesyncMirror: "id",
  Cloud: "id traceURL",
  Container:
    "asService asTarball combinedOutput defaultArgs directory dockerHealthcheck entrypoint envVariable envVariables exists exitCode experimentalWithAllGPUs experimentalWithGPU export exportImage exposedPorts file from id imageRef import label labels mounts platform publish rootfs stat stderr stdout sync terminal up user withAnnotation withDefaultArgs withDefaultTerminalCmd withDirectory withDockerHealthcheck withEntrypoint withEnvFileVariables withEnvVariable withError withExec withExposedPort withFile withFiles withLabel withMountedCache withMountedDirectory withMountedFile withMountedSecret withMountedTemp withMountedVolume withNewFile withRegistryAuth withRootfs withSecretVariable withServiceBinding withSymlink withUnixSocket withUser withVolatileVariable withWorkdir withoutAnnotation withoutDefaultArgs withoutDirectory withoutDockerHealthcheck withoutEntrypoint withoutEnvVariable withoutExposedPort withoutFile withoutFiles withoutLabel withoutMount withoutRegistryAuth withoutSecretVariable withoutUnixSocket withoutUser withoutVolatileVariable withoutWorkdir workdir",
  CurrentModule:
    "dependencies generatedContextDirectory generators id name source workdir workdirFile",
  DiffStat: "addedLines id kind oldPath path removedLines",
  Directory:
    "asGit asModule asModuleSource changes chown diff digest directory dockerBuild entries exists export file filter findUp glob id name search stat sync terminal withChanges withDirectory withError withFile withFiles withNewDirectory withNewFile withPatch withPatchFile withSymlink withTimestamps withoutDirectory withoutFile withoutFiles",
  Engine: "clients id localCache name",
  EngineCache: "entrySet id maxUsedSpace minFreeSpace prune reservedSpace targetSpace",
  EngineCacheEntry:
    "activelyUsed createdTimeUnixNano dagqlCall description diskSpaceBytes id mostRecentUseTimeUnixNano recordType recordTypes",
  EngineCacheEntrySet: "diskSpaceBytes entries entryCount id",
  EnumTypeDef: "description id members name sourceMap sourceModuleName values",
  EnumValueTypeDef: "deprecated description id name sourceMap value",
  Env: "check checks id input inputs output outputs services withAddressInput withAddressOutput withCacheVolumeInput withCacheVolumeOutput withChangesetInput withChangesetOutput withCheckGroupInput withCheckGroupOutput withCheckInput withCheckOutput withCloudInput withCloudOutput withContainerInput withContainerOutput withCurrentModule withDiffStatInput withDiffStatOutput withDirectoryInput withDirectoryOutput withEnvFileInput withEnvFileOutput withEnvInput withEnvOutput withFileInput withFileOutput withGeneratorGroupInput withGeneratorGroupOutput withGeneratorInput withGeneratorOutput withGitRefInput withGitRefOutput withGitRepositoryInput withGitRepositoryOutput withHTTPStateInput withHTTPStateOutput withJSONValueInput withJSONValueOutput withMainModule withModule withModuleConfigClientInput withModuleConfigClientOutput withModuleInput withModuleOutput withModuleSourceInput withModuleSourceOutput withSearchResultInput withSearchResultOutput withSearchSubmatchInput withSearchSubmatchOutput withSecretInput withSecretOutput withServiceInput withServiceOutput withSocketInput withSocketOutput withStatInput withStatOutput withStringInput withStringOutput withUpGroupInput withUpGroupOutput withUpInput withUpOutput withVolumeInput withVolumeOutput withWorkspace withWorkspaceInput withWorkspaceOutput withoutOutputs workspace",
  EnvFile: "asFile exists get id namespace variables withVariable withoutVariable",
  EnvVariable: "id name value",
  Error: "id message values withValue",
  ErrorValue: "id name value",
  FieldTypeDef: "deprecated description id name sourceMap typeDef",
  File: "asEnvFile asJSON chown contents digest export id name search size stat sync withName withReplaced withTimestamps",
  Function:
    "args deprecated description id name returnType sourceMap sourceModuleName withArg withCachePolicy withCheck withDeprecated withDescription withGenerator withSourceMap withUp",
  FunctionArg:
    "defaultAddress defaultPath defaultValue deprecated description id ignore name sourceMap typeDef",
  FunctionCall: "id inputArgs name parent parentName returnError returnValue",
  FunctionCallArgValue: "id name value",
  GeneratedCode:
    "code id vcsGeneratedPaths vcsIgnoredPaths withVCSGeneratedPaths withVCSIgnoredPaths",
  Generator: "changes completed description id isEmpty name originalModule path run",
  GeneratorGroup: "changes id isEmpty list run",
  GitRef: "commit commonAncestor id ref tree",
  GitRepository: "branch branches commit head id latestVersion ref tag tags uncommitted url",
  HTTPState: "id",
  HealthcheckConfig: "args id interval retries shell startInterval startPeriod timeout",
  Host: "containerImage directory file findUp id service tunnel unixSocket",
  InputTypeDef: "fields id name",
  InterfaceTypeDef: "description functions id name sourceMap sourceModuleName",
  JSONValue:
    "asArray asBoolean asInteger asString contents field fields id newBoolean newInteger newString withContents withField",
  LLM: "attempt bindResult env hasPrompt history historyJSON id lastReply loop model provider step sync tokenUsage tools withBlockedFunction withEnv withMCPServer withModel withPrompt withPromptFile withStaticTools withSystemPrompt withoutDefaultSystemPrompt withoutMessageHistory withoutSystemPrompts",
  LLMTokenUsage: "cachedTokenReads cachedTokenWrites id inputTokens outputTokens totalTokens",
  Label: "id name value",
  ListTypeDef: "elementTypeDef id",
  Module:
    "check checks dependencies description enums generatedContextDirectory generator generators id interfaces introspectionSchemaJSON name objects runtime sdk serve services source sync userDefaults withDescription withEnum withInterface withObject",
  ModuleConfigClient: "directory generator id",
  ModuleSource:
    "asModule asString blueprint cloneRef commit configClients configExists contextDirectory dependencies digest directory engineVersion generatedContextChangeset generatedContextDirectory htmlRepoURL htmlURL id introspectionSchemaJSON kind localContextDirectoryPath moduleName moduleOriginalName originalSubpath pin repoRootPath sdk sourceRootSubpath sourceSubpath sync toolchains userDefaults version withBlueprint withClient withDependencies withEngineVersion withExperimentalFeatures withIncludes withName withSDK withSourceSubpath withToolchains withUpdateBlueprint withUpdateDependencies withUpdateToolchains withUpdatedClients withoutBlueprint withoutClient withoutDependencies withoutExperimentalFeatures withoutToolchains",
  ObjectTypeDef:
    "constructor deprecated description fields functions id name sourceMap sourceModuleName",
  Port: "description experimentalSkipHealthcheck id port protocol",
  Query:
    "address cacheVolume changeset cloud container currentEnv currentFunctionCall currentModule currentTypeDefs currentWorkspace defaultPlatform directory engine env envFile error file function generatedCode git host http id json llm loadAddressFromID loadBindingFromID loadCacheVolumeFromID loadChangesetFromID loadCheckFromID loadCheckGroupFromID loadClientFilesyncMirrorFromID loadCloudFromID loadContainerFromID loadCurrentModuleFromID loadDiffStatFromID loadDirectoryFromID loadEngineCacheEntryFromID loadEngineCacheEntrySetFromID loadEngineCacheFromID loadEngineFromID loadEnumTypeDefFromID loadEnumValueTypeDefFromID loadEnvFileFromID loadEnvFromID loadEnvVariableFromID loadErrorFromID loadErrorValueFromID loadExportableFromID loadFieldTypeDefFromID loadFileFromID loadFunctionArgFromID loadFunctionCallArgValueFromID loadFunctionCallFromID loadFunctionFromID loadGeneratedCodeFromID loadGeneratorFromID loadGeneratorGroupFromID loadGitRefFromID loadGitRepositoryFromID loadHTTPStateFromID loadHealthcheckConfigFromID loadHostFromID loadInputTypeDefFromID loadInterfaceTypeDefFromID loadJSONValueFromID loadLLMFromID loadLLMTokenUsageFromID loadLabelFromID loadListTypeDefFromID loadModuleConfigClientFromID loadModuleFromID loadModuleSourceFromID loadObjectTypeDefFromID loadPortFromID loadRemoteGitMirrorFromID loadSDKConfigFromID loadScalarTypeDefFromID loadSearchResultFromID loadSearchSubmatchFromID loadSecretFromID loadServiceFromID loadSocketFromID loadSourceMapFromID loadStatFromID loadSyncerFromID loadTerminalFromID loadTypeDefFromID loadUpFromID loadUpGroupFromID loadVolumeFromID loadWorkspaceFromID module moduleSource node secret setSecret sourceMap sshfsVolume typeDef version",
  RemoteGitMirror: "id",
  SDKConfig: "debug id source",
  ScalarTypeDef: "description id name sourceModuleName",
  SearchResult: "absoluteOffset filePath id lineNumber matchedLines submatches",
  SearchSubmatch: "end id start text",
  Secret: "id name plaintext uri",
  Service: "endpoint hostname id ports start stop sync terminal up withHostname",
  Socket: "id",
  SourceMap: "column filename id line module url",
  Stat: "fileType id name permissions size",
  Terminal: "id sync",
  TypeDef:
    "asEnum asInput asInterface asList asObject asScalar id kind name optional withConstructor withEnum withEnumMember withEnumValue withField withFunction withInterface withKind withListOf withObject withOptional withScalar",
  Up: "description id name originalModule path run",
  UpGroup: "id list run",
  Volume: "id",
  Workspace:
    "address checks clientId configPath directory file findUp generators hasConfig id initialized path services update",
  _ExportableClient: "export id",
  _NodeClient: "id",
  _SyncerClient: "id sync",
};

/** Is this a field of Dagger's API, whether galley has it or not? */
export function isDaggerField(type: string, field: string): boolean {
  return daggerFields[type]?.split(" ").includes(field) ?? false;
}
