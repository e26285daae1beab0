"""Read template.yaml through the SAM translator and return what it deploys."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devserver.api_definition import read_gateway_responses, read_routes
from devserver.deployment import Deployment, Function, GatewayResponse, Table
from devserver.errors import CannotStart
from devserver.intrinsics import ACCOUNT, Resolver, function_arn
from devserver.kept_translation import translate_once

LOCAL_BUCKET = "local-tree"
DEFAULT_REGION = "us-east-1"
_CODE_PROPERTIES = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def load_template(
    path: Path, *, parameters: Mapping[str, str] | None = None, region: str = DEFAULT_REGION, keep: Path | None = None
) -> Deployment:
    """Translate the template and resolve it with its parameters' defaults, or the values given.

    The translation is kept in the folder `keep`, and taken from there while nothing changed.
    Raises CannotStart with one line when the template cannot be read, translated or served.
    """
    text, given = _text(path), dict(parameters or {})

    def translate() -> dict[str, Any]:
        return _translate(_with_local_code(_parse(path, text)), given, region=region)

    translated = translate() if keep is None else translate_once(
        translate, template=text.encode(), parameters=given, region=region, folder=keep
    )
    resolver = Resolver(translated, parameters=given, region=region)
    return _read(translated, resolver, root=path.parent.resolve())


def translate_template(
    path: Path, *, parameters: Mapping[str, str] | None = None, region: str = DEFAULT_REGION
) -> dict[str, Any]:
    """Return the template as CloudFormation gets it, with its parameters' defaults, or the values given."""
    return _translate(_with_local_code(_parse(path, _text(path))), parameters or {}, region=region)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"cannot read {path}: {' '.join(str(error).split())}") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse
    from yaml import YAMLError

    try:
        parsed = yaml_parse(text)
    except YAMLError as error:
        raise CannotStart(f"cannot read {path}: {' '.join(str(error).split())}") from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("Resources"), dict):
        raise CannotStart(f"cannot read {path}: it has no Resources")
    return parsed


def _with_local_code(source: dict[str, Any]) -> dict[str, Any]:
    """Name local folders as the translator wants code to be named: as objects in a bucket."""
    defaults = source.get("Globals", {}).get("Function", {})
    for resource in source["Resources"].values():
        key = _CODE_PROPERTIES.get(resource.get("Type"))
        properties = resource.setdefault("Properties", {})
        if key is None:
            continue
        folder = properties.get(key, defaults.get("CodeUri"))
        if isinstance(folder, str):
            properties[key] = {"Bucket": LOCAL_BUCKET, "Key": folder}
    return source


def _translate(source: dict[str, Any], parameters: Mapping[str, str], *, region: str) -> dict[str, Any]:
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    try:
        translated = translator.translate(source, dict(parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes) or error.message
        raise CannotStart(f"template.yaml cannot be translated: {causes}") from error
    plain: dict[str, Any] = json.loads(json.dumps(translated, default=str))
    return plain


def _read(translated: Mapping[str, Any], resolver: Resolver, *, root: Path) -> Deployment:
    resources = {name: resource for name, resource in translated["Resources"].items() if resolver.exists(resource)}
    functions = _functions(resources, resolver, root=root)
    api_name, api = _rest_api(resources)
    body = resolver.resolve(api["Properties"].get("Body") or {})
    binary = [*body.get("x-amazon-apigateway-binary-media-types", [])]
    binary += resolver.resolve(api["Properties"].get("BinaryMediaTypes", []))
    stage = _stage(resources, resolver)
    return Deployment(
        region=resolver.region,
        account=ACCOUNT,
        api_id=resolver.resolve({"Ref": api_name}),
        stage=str(stage.get("StageName", "local")),
        stage_variables=stage.get("Variables", {}),
        functions=tuple(functions.values()),
        routes=read_routes(body, functions=functions),
        gateway_responses=read_gateway_responses(body) | _separate_responses(resources, resolver),
        binary_media_types=frozenset(kind.replace("~1", "/") for kind in binary),
        tables=_tables(resources, resolver),
        scheduled=_scheduled(resources, resolver, functions=functions),
    )


def _of_type(resources: Mapping[str, Any], kind: str) -> list[tuple[str, Any]]:
    return [(name, resource) for name, resource in resources.items() if resource["Type"] == kind]


def _rest_api(resources: Mapping[str, Any]) -> tuple[str, Any]:
    found = _of_type(resources, "AWS::ApiGateway::RestApi")
    if len(found) != 1:
        raise CannotStart(f"template.yaml must have exactly one REST API, and has {len(found)}")
    return found[0]


def _stage(resources: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    found = _of_type(resources, "AWS::ApiGateway::Stage")
    return dict(resolver.resolve(found[0][1]["Properties"])) if found else {}


def _functions(resources: Mapping[str, Any], resolver: Resolver, *, root: Path) -> dict[str, Function]:
    functions = {}
    for logical_id, resource in _of_type(resources, "AWS::Lambda::Function"):
        properties = resolver.resolve({**resource["Properties"], "Layers": []})
        arn = function_arn(resolver.resolve({"Ref": logical_id}), region=resolver.region)
        variables = properties.get("Environment", {}).get("Variables", {})
        functions[arn] = Function(
            name=logical_id,
            arn=arn,
            code=(root / properties["Code"]["S3Key"]).resolve(),
            handler=properties["Handler"],
            layers=_layers(resource, resources, resolver, root=root),
            environment={name: _plain(value) for name, value in variables.items()},
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        )
    return functions


def _layers(
    function: Mapping[str, Any], resources: Mapping[str, Any], resolver: Resolver, *, root: Path
) -> tuple[Path, ...]:
    """Return the folders that stand for /opt/python; a layer given by an ARN has no local content."""
    folders = []
    for layer in function["Properties"].get("Layers", []):
        name = str(layer.get("Ref")) if isinstance(layer, Mapping) else ""
        if name in resources:
            folder = root / resolver.resolve(resources[name]["Properties"]["Content"])["S3Key"]
            folders.append(folder / "python" if (folder / "python").is_dir() else folder)
    return tuple(folder.resolve() for folder in folders)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _separate_responses(resources: Mapping[str, Any], resolver: Resolver) -> dict[str, GatewayResponse]:
    """Read gateway responses that stand beside the API as resources of their own."""
    rows = {}
    for _, resource in _of_type(resources, "AWS::ApiGateway::GatewayResponse"):
        properties = resolver.resolve(resource["Properties"])
        rows[properties["ResponseType"]] = {
            "statusCode": properties.get("StatusCode"),
            "responseParameters": properties.get("ResponseParameters", {}),
            "responseTemplates": properties.get("ResponseTemplates", {}),
        }
    return read_gateway_responses({"x-amazon-apigateway-gateway-responses": rows})


def _tables(resources: Mapping[str, Any], resolver: Resolver) -> tuple[Table, ...]:
    found = _of_type(resources, "AWS::DynamoDB::Table")
    return tuple(
        Table(name=resolver.resolve({"Ref": name}), definition=resolver.resolve(resource["Properties"]))
        for name, resource in found
    )


def _scheduled(
    resources: Mapping[str, Any], resolver: Resolver, *, functions: Mapping[str, Function]
) -> tuple[Function, ...]:
    """Return what EventBridge Scheduler would invoke; a target may be an alias."""
    targets = [str(resolver.resolve(resource["Properties"])["Target"]["Arn"])
               for _, resource in _of_type(resources, "AWS::Scheduler::Schedule")]
    return tuple(function for arn, function in functions.items() if any(
        target == arn or target.startswith(f"{arn}:") for target in targets))
