print('aloha')
