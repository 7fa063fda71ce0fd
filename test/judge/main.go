// The judge: Kubernetes' own validation of custom resources, without an API server.
//
// It reads one JSON value a line from standard input. {"crd": …} makes a kind known; {"kind": …, "object": …} is judged and
// answered by one line {"object": …, "errors": [{"type", "path", "detail"}]}: the object after pruning and defaulting, and what
// an API server would say when such an object is created. A CRD that an API server would refuse is answered by its errors.
// {"yaml": "…"} is answered by the JSON that kubectl reads in that text, or by an error.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apivalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

type request struct {
	CRD    json.RawMessage `json:"crd"`
	Kind   string          `json:"kind"`
	Object json.RawMessage `json:"object"`
	YAML   *string         `json:"yaml"`
}

type problem struct {
	Type   string `json:"type"`
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

type answer struct {
	Object any       `json:"object"`
	Errors []problem `json:"errors"`
}

// kind is what is kept of a CRD: its storage version's schema, ready to validate.
type kind struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

func main() {
	kinds := map[string]*kind{}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			if err := encoder.Encode(respond(kinds, line)); err != nil {
				panic(err)
			}
			output.Flush()
		}
		if err != nil {
			return
		}
	}
}

func respond(kinds map[string]*kind, line []byte) answer {
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return failure("request", err)
	}
	switch {
	case req.CRD != nil:
		return learn(kinds, req.CRD)
	case req.YAML != nil:
		return readYAML(*req.YAML)
	}
	known, ok := kinds[req.Kind]
	if !ok {
		return failure("request", fmt.Errorf("unknown kind %q", req.Kind))
	}
	var object map[string]any
	if err := utiljson.Unmarshal(req.Object, &object); err != nil {
		return failure("request", err)
	}
	return judge(known, object)
}

// learn takes a CRD as an API server does, and tells what it would say of the CRD itself.
func learn(kinds map[string]*kind, raw []byte) answer {
	var versioned apiextensionsv1.CustomResourceDefinition
	if err := json.Unmarshal(raw, &versioned); err != nil {
		return failure("crd", err)
	}
	apiextensionsv1.SetDefaults_CustomResourceDefinition(&versioned)
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&versioned.Spec)
	var crd apiextensions.CustomResourceDefinition
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&versioned, &crd, nil); err != nil {
		return failure("crd", err)
	}
	for _, version := range versioned.Spec.Versions {
		if version.Storage {
			crd.Status.StoredVersions = []string{version.Name}
		}
	}
	problems := problemsOf(apivalidation.ValidateCustomResourceDefinition(context.Background(), &crd))
	known, err := prepare(&crd)
	if err != nil {
		return failure("crd", err)
	}
	kinds[crd.Spec.Names.Kind] = known
	return answer{Errors: problems}
}

func prepare(crd *apiextensions.CustomResourceDefinition) (*kind, error) {
	props := crd.Spec.Validation
	for _, version := range crd.Spec.Versions {
		if version.Storage && version.Schema != nil {
			props = version.Schema
		}
	}
	structural, err := schema.NewStructural(props.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	if err := defaulting.PruneDefaults(structural); err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(props.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	return &kind{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

func judge(known *kind, object map[string]any) answer {
	pruning.Prune(object, known.structural, true)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, known.structural)
	defaulting.Default(object, known.structural)
	errs := validation.ValidateCustomResource(nil, object, known.validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, known.structural, object)...)
	if known.rules != nil && !blocks(errs) {
		ruleErrs, _ := known.rules.Validate(context.Background(), nil, known.structural, object, nil, celconfig.RuntimeCELCostBudget)
		errs = append(errs, ruleErrs...)
	}
	return answer{Object: object, Errors: problemsOf(errs)}
}

// blocks tells whether an API server leaves the rules out because of these errors.
func blocks(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

func problemsOf(errs field.ErrorList) []problem {
	problems := []problem{}
	for _, err := range errs {
		problems = append(problems, problem{string(err.Type), err.Field, err.Detail})
	}
	return problems
}

func readYAML(text string) answer {
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return failure("yaml", err)
	}
	var value any
	if err := utiljson.Unmarshal(raw, &value); err != nil {
		return failure("yaml", err)
	}
	return answer{Object: value, Errors: []problem{}}
}

func failure(kind string, err error) answer {
	return answer{Errors: []problem{{kind, "", err.Error()}}}
}
