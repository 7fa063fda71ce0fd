// The gRPC server of the guide's gRPC chapter: service yages.Echo and server reflection on port 9000.
package main

import (
	"context"
	"log"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const address = ":9000"

// Its messages are made from this description, so that no generated code is needed.
var file = &descriptorpb.FileDescriptorProto{
	Name:    proto.String("yages.proto"),
	Package: proto.String("yages"),
	Syntax:  proto.String("proto3"),
	MessageType: []*descriptorpb.DescriptorProto{
		{Name: proto.String("Empty")},
		{Name: proto.String("Content"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name:     proto.String("text"),
			JsonName: proto.String("text"),
			Number:   proto.Int32(1),
			Type:     descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
			Label:    descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}}},
	},
	Service: []*descriptorpb.ServiceDescriptorProto{{
		Name: proto.String("Echo"),
		Method: []*descriptorpb.MethodDescriptorProto{
			{Name: proto.String("Ping"), InputType: proto.String(".yages.Empty"), OutputType: proto.String(".yages.Content")},
			{Name: proto.String("Reverse"), InputType: proto.String(".yages.Content"), OutputType: proto.String(".yages.Content")},
		},
	}},
}

// answers to each method, given the text that was sent.
var answers = map[string]func(text string) string{
	"Ping": func(string) string { return "pong" },
	"Reverse": func(text string) string {
		runes := []rune(text)
		for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
			runes[i], runes[j] = runes[j], runes[i]
		}
		return string(runes)
	},
}

func main() {
	described, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		log.Fatal(err)
	}
	// Server reflection looks here.
	if err := protoregistry.GlobalFiles.RegisterFile(described); err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	server.RegisterService(serviceOf(described.Services().ByName("Echo")), nil)
	reflection.Register(server)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("serving yages.Echo on %s", address)
	log.Fatal(server.Serve(listener))
}

func serviceOf(service protoreflect.ServiceDescriptor) *grpc.ServiceDesc {
	described := &grpc.ServiceDesc{
		ServiceName: string(service.FullName()),
		HandlerType: (*any)(nil),
		Metadata:    service.ParentFile().Path(),
	}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		described.Methods = append(described.Methods, grpc.MethodDesc{
			MethodName: string(method.Name()),
			Handler: func(_ any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				return call(method, read)
			},
		})
	}
	return described
}

func call(method protoreflect.MethodDescriptor, read func(any) error) (any, error) {
	sent := dynamicpb.NewMessage(method.Input())
	if err := read(sent); err != nil {
		return nil, err
	}
	text := ""
	if field := method.Input().Fields().ByName("text"); field != nil {
		text = sent.Get(field).String()
	}
	answer := dynamicpb.NewMessage(method.Output())
	answer.Set(method.Output().Fields().ByName("text"), protoreflect.ValueOfString(answers[string(method.Name())](text)))
	return answer, nil
}
